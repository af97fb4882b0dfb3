#include "bench/npb/common/options.h"

#include <getopt.h>

#include <array>
#include <bit>
#include <vector>

namespace ucx_crypto::npb {
namespace {

constexpr std::array kLongOptions = {
    option{"class", required_argument, nullptr, 'c'},
    option{"json", no_argument, nullptr, 'j'},
    option{"help", no_argument, nullptr, 'h'},
    option{"version", no_argument, nullptr, 'v'},
    option{nullptr, 0, nullptr, 0},
};

constexpr std::string_view kExpectedClass = "expected a problem class, one of S, W, A, B, C";

std::string quoted(std::string_view text) {
    std::string result(1, '\'');
    result += text;
    result.push_back('\'');
    return result;
}

ParseResult failure(std::string message) {
    return {std::nullopt, std::move(message)};
}

/// The class that `text` names in either case, or 0.
char parse_class(std::string_view text) {
    if (text.size() != 1) {
        return 0;
    }
    const char letter =
        text[0] >= 'a' && text[0] <= 'z' ? static_cast<char>(text[0] - 'a' + 'A') : text[0];
    return kClasses.find(letter) == std::string_view::npos ? '\0' : letter;
}

bool is_square(int number) {
    int root = 1;
    while (root * root < number) {
        ++root;
    }
    return root * root == number;
}

}  // namespace

ParseResult parse_options(std::span<const char* const> arguments) {
    // getopt wants the program's name first and permutes its arguments, never their text.
    std::vector<char*> words{const_cast<char*>("")};
    for (const char* argument : arguments) {
        words.push_back(const_cast<char*>(argument));
    }
    const int count = static_cast<int>(words.size());
    words.push_back(nullptr);

    Options options;
    optind = 0;  // start over, also in a second call
    opterr = 0;
    for (int letter = 0; (letter = getopt_long(count, words.data(), ":c:hv", kLongOptions.data(),
                                               nullptr)) != -1;) {
        switch (letter) {
            case 'c':
                options.problem_class = parse_class(optarg);
                if (options.problem_class == 0) {
                    return failure("option -c: " + std::string(kExpectedClass) + ", found " +
                                   quoted(optarg));
                }
                break;
            case 'j':
                options.json = true;
                break;
            case 'h':
                return {Options{.action = Action::kHelp}, {}};
            case 'v':
                return {Options{.action = Action::kVersion}, {}};
            case ':':
                return failure("option -c: " + std::string(kExpectedClass) + ", found none");
            default:
                return failure("unknown option " + quoted(words[optind - 1]));
        }
    }
    if (optind < count) {
        return failure("expected options only, found " + quoted(words[optind]));
    }
    if (options.problem_class == 0) {
        return failure(std::string(kExpectedClass) + ", as in -c S, found none");
    }
    return {options, {}};
}

std::string help_text(const Usage& usage) {
    return "usage: mpirun -np PROCESSES " + std::string(usage.program) +
           " -c CLASS [--json]\n"
           "NAS Parallel Benchmark: " +
           std::string(usage.title) +
           "\n"
           "  -c, --class CLASS  S, W, A, B or C: how large the problem is\n"
           "      --json         print one JSON object on one line\n"
           "  -h, --help         print this text\n"
           "  -v, --version      print the version\n"
           "PROCESSES: " +
           (usage.rule == ProcessRule::kSquare ? "a square number" : "a power of two") +
           "\n"
           "Exit status: 0 the result is the official one, 1 it is not, 2 wrong usage.\n";
}

std::string process_error(ProcessRule rule, int processes, int most) {
    const std::string found = ", found " + std::to_string(processes) + ": see mpirun's -np";
    if (rule == ProcessRule::kPowerOfTwo &&
        !std::has_single_bit(static_cast<unsigned>(processes))) {
        return "expected a number of processes that is a power of two" + found;
    }
    if (rule == ProcessRule::kSquare && !is_square(processes)) {
        return "expected a number of processes that is a square" + found;
    }
    if (most != 0 && processes > most) {
        return "expected at most " + std::to_string(most) + " processes for this class" + found;
    }
    return {};
}

}  // namespace ucx_crypto::npb
