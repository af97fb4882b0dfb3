#include "bench/osu/common/options.h"

#include <getopt.h>

#include <array>
#include <charconv>
#include <vector>

namespace ucx_crypto::osu {
namespace {

/// One row of the option table, from which both the parser and the help text are made.
struct OptionRow {
    char letter;
    const char* name;
    const char* argument;  ///< nullptr: takes none
    const char* meaning;
    bool Benchmark::*only_if;  ///< nullptr: every benchmark takes it
};

constexpr std::array kRows = {
    OptionRow{'m', "message-size", "[MIN:]MAX",
              "message sizes in bytes; each is twice the one before", &Benchmark::has_sizes},
    OptionRow{'i', "iterations", "ITERATIONS", "timed iterations per size, for all sizes",
              &Benchmark::has_loop},
    OptionRow{'x', "warmup", "WARMUP", "untimed iterations per size before them",
              &Benchmark::has_loop},
    OptionRow{'c', "validation", nullptr,
              "check every byte of every message; adds a Pass/Fail column, exit 1 on Fail",
              &Benchmark::has_contents},
    OptionRow{'u', "validation-warmup", "WARMUP", "the same with -c (default: as -x)",
              &Benchmark::has_contents},
    OptionRow{'W', "window-size", "SIZE", "messages in flight per iteration",
              &Benchmark::has_window},
    OptionRow{'b', "buffer-num", "single|multiple",
              "one buffer for all messages of a window (default), or one for each",
              &Benchmark::has_buffers},
    OptionRow{'p', "num-pairs", "PAIRS", "sender/receiver pairs (default: half of the ranks)",
              &Benchmark::has_pairs},
    OptionRow{'R', "print-rate", "0|1", "print the message rate too (default: 1)",
              &Benchmark::has_rate},
    OptionRow{'w', "win-options", "KIND", "window: create, allocate (default) or dynamic",
              &Benchmark::is_one_sided},
    OptionRow{'s', "sync-option", "KIND",
              "lock, flush (default), flush_local, lock_all, pscw or fence",
              &Benchmark::is_one_sided},
    OptionRow{'t', "num-test-calls", "CALLS", "MPI_Test calls during the computation (default: 0)",
              &Benchmark::has_test_calls},
    OptionRow{'f', "full", nullptr, "print average, minimum and maximum over the ranks",
              &Benchmark::has_full},
    OptionRow{'H', "histogram", nullptr, "print the histogram below each size",
              &Benchmark::has_histogram},
    OptionRow{'j', "json", nullptr, "print one JSON object per line instead of columns", nullptr},
    OptionRow{'h', "help", nullptr, "print this text", nullptr},
    OptionRow{'v', "version", nullptr, "print the version", nullptr},
};

/// Other spellings, of earlier versions of OSU's benchmarks.
struct Alias {
    const char* name;
    char letter;
};
constexpr std::array kAliases = {Alias{"pairs", 'p'}, Alias{"num_test_calls", 't'}};

/// A word of the command line and what it stands for.
template <typename Value>
struct Named {
    std::string_view word;
    Value value;
    std::string_view functions;  ///< as OSU's output names them
};

constexpr std::array kWindowKinds = {
    Named<WindowKind>{"create", WindowKind::kCreate, "MPI_Win_create"},
    Named<WindowKind>{"allocate", WindowKind::kAllocate, "MPI_Win_allocate"},
    Named<WindowKind>{"dynamic", WindowKind::kDynamic, "MPI_Win_create_dynamic"},
};

constexpr std::array kSynchronisations = {
    Named<Synchronisation>{"lock", Synchronisation::kLock, "MPI_Win_lock/unlock"},
    Named<Synchronisation>{"flush", Synchronisation::kFlush, "MPI_Win_flush"},
    Named<Synchronisation>{"flush_local", Synchronisation::kFlushLocal, "MPI_Win_flush_local"},
    Named<Synchronisation>{"lock_all", Synchronisation::kLockAll, "MPI_Win_lock_all/unlock_all"},
    Named<Synchronisation>{"pscw", Synchronisation::kPscw, "MPI_Win_post/start/complete/wait"},
    Named<Synchronisation>{"fence", Synchronisation::kFence, "MPI_Win_fence"},
};

bool takes(const Benchmark& benchmark, const OptionRow& row) {
    return row.only_if == nullptr || benchmark.*row.only_if;
}

/// The whole of `text` as a decimal number within [low, high].
template <typename Number>
std::optional<Number> parse_number(std::string_view text, Number low, Number high) {
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value < low || value > high) {
        return std::nullopt;
    }
    return value;
}

std::string quoted(std::string_view text) {
    std::string result(1, '\'');
    result.append(text);
    result.push_back('\'');
    return result;
}

std::string bad_value(char letter, std::string_view found, std::string_view expected) {
    return std::string("option -") + letter + ": expected " + std::string(expected) + ", found " +
           quoted(found);
}

/// -m MAX, MIN:MAX, MIN: (with the default MAX) or :MAX (with the default MIN).
std::string parse_sizes(const Benchmark& benchmark, std::string_view text, Options& options) {
    const auto colon = text.find(':');
    const bool has_min = colon != std::string_view::npos;
    const std::string_view min_text = has_min ? text.substr(0, colon) : std::string_view{};
    const std::string_view max_text = has_min ? text.substr(colon + 1) : text;
    std::optional<std::size_t> min = options.min_size;
    std::optional<std::size_t> max = options.max_size;
    if (!min_text.empty()) {
        min = parse_number<std::size_t>(min_text, 0, kMaxMessageSize);
    }
    if (!max_text.empty()) {
        max = parse_number<std::size_t>(max_text, 0, kMaxMessageSize);
    }
    if (!min || !max || (min_text.empty() && max_text.empty())) {
        return bad_value('m', text, "[MIN:]MAX in bytes, up to " + std::to_string(kMaxMessageSize));
    }
    if (*min > *max) {
        return bad_value(
            'm', text,
            "MIN (" + std::to_string(*min) + ") not above MAX (" + std::to_string(*max) + ")");
    }
    if (benchmark.unit > 1 && (*min < benchmark.unit || *min % benchmark.unit != 0)) {
        return bad_value(
            'm', text,
            "MIN to be a multiple of the element, " + std::to_string(benchmark.unit) + " bytes");
    }
    options.min_size = *min;
    options.max_size = *max;
    return {};
}

/// One of the words of `table`.
template <typename Table, typename Value>
std::string parse_word(char letter, std::string_view text, const Table& table, Value& value) {
    std::string expected;
    for (const auto& each : table) {
        if (each.word == text) {
            value = each.value;
            return {};
        }
        expected += (expected.empty() ? "one of " : ", ") + std::string(each.word);
    }
    return bad_value(letter, text, expected);
}

template <typename Count>
std::string parse_count(char letter, std::string_view text, int least, Count& count) {
    constexpr int kMaxCount = 1'000'000'000;
    const auto found = parse_number<int>(text, least, kMaxCount);
    if (!found) {
        return bad_value(letter, text, "a count of at least " + std::to_string(least));
    }
    count = *found;
    return {};
}

std::string apply(const Benchmark& benchmark, char letter, std::string_view value,
                  Options& options) {
    constexpr std::array kBuffers = {Named<bool>{"single", false, {}},
                                     Named<bool>{"multiple", true, {}}};
    constexpr std::array kRates = {Named<bool>{"0", false, {}}, Named<bool>{"1", true, {}}};
    switch (letter) {
        case 'm':
            return parse_sizes(benchmark, value, options);
        case 'i': {
            std::string error = parse_count(letter, value, 1, options.small.iterations);
            options.large.iterations = options.small.iterations;
            return error;
        }
        case 'x': {
            std::string error = parse_count(letter, value, 0, options.small.warmup);
            options.large.warmup = options.small.warmup;
            return error;
        }
        case 'u':
            return parse_count(letter, value, 0, options.validation_warmup);
        case 'W': {
            const auto count = parse_number<int>(value, 1, 65536);
            if (!count) {
                return bad_value(letter, value, "a window of 1 to 65536 messages");
            }
            options.window = *count;
            return {};
        }
        case 'b':
            return parse_word(letter, value, kBuffers, options.multiple_buffers);
        case 'p':
            return parse_count(letter, value, 1, options.pairs);
        case 'R':
            return parse_word(letter, value, kRates, options.rate);
        case 'w':
            return parse_word(letter, value, kWindowKinds, options.window_kind);
        case 's':
            return parse_word(letter, value, kSynchronisations, options.synchronisation);
        case 't':
            return parse_count(letter, value, 0, options.test_calls);
        case 'c':
            options.validate = true;
            return {};
        case 'f':
            options.full = true;
            return {};
        case 'H':
            options.histogram = true;
            return {};
        case 'j':
            options.json = true;
            return {};
        case 'h':
            options.action = Action::kHelp;
            return {};
        default:
            options.action = Action::kVersion;
            return {};
    }
}

template <typename Table, typename Value>
std::string_view functions_of(const Table& table, Value value) {
    for (const auto& each : table) {
        if (each.value == value) {
            return each.functions;
        }
    }
    return {};
}

}  // namespace

std::string_view to_string(WindowKind kind) {
    return functions_of(kWindowKinds, kind);
}

std::string_view to_string(Synchronisation synchronisation) {
    return functions_of(kSynchronisations, synchronisation);
}

ParseResult parse_options(const Benchmark& benchmark, std::span<const char* const> arguments) {
    std::string letters = ":";  // a leading colon tells a missing value from an unknown option
    std::vector<option> names;
    for (const OptionRow& row : kRows) {
        if (takes(benchmark, row)) {
            letters += row.letter;
            letters += row.argument != nullptr ? ":" : "";
            names.push_back({row.name, row.argument != nullptr ? required_argument : no_argument,
                             nullptr, row.letter});
        }
    }
    for (const Alias& alias : kAliases) {
        if (letters.find(alias.letter) != std::string::npos) {
            names.push_back({alias.name, required_argument, nullptr, alias.letter});
        }
    }
    names.push_back({nullptr, 0, nullptr, 0});

    // getopt_long wants mutable strings and permutes the vector, so it works on a copy.
    std::vector<std::string> words = {std::string(benchmark.program)};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> vector;
    vector.reserve(words.size() + 1);
    for (std::string& word : words) {
        vector.push_back(word.data());
    }
    vector.push_back(nullptr);
    const int count = static_cast<int>(words.size());

    Options options;
    options.min_size = benchmark.min_size;
    options.max_size = benchmark.max_size;
    options.small = benchmark.small;
    options.large = benchmark.large;

    optind = 0;  // GNU: start afresh, including the permutation state
    opterr = 0;
    for (;;) {
        const int word_index = optind > 0 ? optind : 1;
        const int letter =
            getopt_long(count, vector.data(), letters.c_str(), names.data(), nullptr);
        if (letter == -1) {
            break;
        }
        if (letter == '?' || letter == ':') {
            const bool is_short = optopt != 0;
            const std::string found = is_short
                                          ? std::string("-") + static_cast<char>(optopt)
                                          : std::string(vector[static_cast<std::size_t>(
                                                optind > word_index ? optind - 1 : word_index)]);
            return {std::nullopt, letter == ':'
                                      ? std::string("option ") + quoted(found) + " needs a value"
                                      : std::string("unknown option ") + quoted(found)};
        }
        std::string error =
            apply(benchmark, static_cast<char>(letter), optarg != nullptr ? optarg : "", options);
        if (!error.empty()) {
            return {std::nullopt, std::move(error)};
        }
        if (options.action != Action::kRun) {
            return {options, {}};
        }
    }
    if (optind < count) {
        return {std::nullopt, std::string("unexpected argument ") +
                                  quoted(vector[static_cast<std::size_t>(optind)]) +
                                  ": everything is given by options"};
    }
    return {options, {}};
}

std::string help_text(const Benchmark& benchmark) {
    std::string text = "usage: mpirun -np RANKS " + std::string(benchmark.program) +
                       " [options]\n\n" + "OSU-style " +
                       (benchmark.title.starts_with("MPI_") ? "" : "MPI ") +
                       std::string(benchmark.title) + "\n\n";
    for (const OptionRow& row : kRows) {
        if (!takes(benchmark, row)) {
            continue;
        }
        std::string left = std::string("  -") + row.letter + ", --" + row.name;
        if (row.argument != nullptr) {
            left += std::string("=") + row.argument;
        }
        left.resize(left.size() < 36 ? 36 : left.size() + 1, ' ');
        text += left + row.meaning + "\n";
    }
    const auto counts = [](int small, int large) {
        return small == large ? std::to_string(small)
                              : std::to_string(small) + " (" + std::to_string(large) + " above " +
                                    std::to_string(kLargeMessageSize) + " bytes)";
    };
    if (benchmark.has_loop) {
        text += "\nDefaults: ";
        if (benchmark.has_sizes) {
            text += "-m " + std::to_string(benchmark.min_size) + ":" +
                    std::to_string(benchmark.max_size) + ", ";
        }
        text += "-i " + counts(benchmark.small.iterations, benchmark.large.iterations) + ", -x " +
                counts(benchmark.small.warmup, benchmark.large.warmup);
        text += benchmark.has_window ? ", -W 64\n" : "\n";
    }
    if (benchmark.has_contents) {
        text += "With -c each iteration is timed by itself and synchronised, ";
        text += "so its figures are not to be compared with those of a run without -c.\n";
    }
    if (benchmark.is_one_sided) {
        text += "With pscw and fence each iteration is an epoch that origin and target begin and ";
        text += "end.\n";
    }
    if (benchmark.has_window) {
        text += "With -c every message of the window has a buffer of its own: ";
        text += "up to SIZE times MAX bytes in each direction per rank.\n";
    }
    text += "Exit status: 0 done, 1 failed validation, 2 wrong usage or number of ranks.\n";
    return text;
}

std::string rank_error(const Benchmark& benchmark, int ranks, int pairs) {
    std::string expected;
    if (benchmark.max_ranks == benchmark.min_ranks && ranks != benchmark.min_ranks) {
        expected = "exactly " + std::to_string(benchmark.min_ranks) + " ranks";
    } else if (ranks < benchmark.min_ranks) {
        expected = "at least " + std::to_string(benchmark.min_ranks) + " ranks";
    } else if (benchmark.max_ranks != 0 && ranks > benchmark.max_ranks) {
        expected = "at most " + std::to_string(benchmark.max_ranks) + " ranks";
    } else if (benchmark.even_ranks && ranks % 2 != 0) {
        expected = "an even number of ranks";
    } else if (pairs > ranks / 2) {
        expected = "at least " + std::to_string(2 * static_cast<std::int64_t>(pairs)) +
                   " ranks for -p " + std::to_string(pairs);
    }
    if (expected.empty()) {
        return {};
    }
    return "expected " + expected + ", found " + std::to_string(ranks) +
           ": start it with mpirun -np";
}

}  // namespace ucx_crypto::osu
