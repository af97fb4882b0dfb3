#include "bench/duel/options.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace ucx_crypto::duel {
namespace {

constexpr size_t kMaxSize = size_t{1} << 30;
constexpr unsigned kMaxBlocks = 1000000;
constexpr unsigned kMaxWindow = 65536;

Error wrong(const std::string& message) {
    return {ErrorCode::kInvalidArgument, message};
}

template <typename Number>
std::optional<Number> number(std::string_view text, Number least, Number most) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
        return std::nullopt;
    }
    return value;
}

Status parse_sizes(std::string_view text, Options& options) {
    const Error error = wrong("-m: expected MIN:MAX or sizes with commas, in bytes from 1 to " +
                              std::to_string(kMaxSize) + ", found '" + std::string(text) + "'");
    if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
        const auto min = number<size_t>(text.substr(0, colon), 1, kMaxSize);
        const auto max = number<size_t>(text.substr(colon + 1), 1, kMaxSize);
        if (!min || !max || *min > *max) {
            return error;
        }
        options.sizes = powers(*min, *max);
        return success();
    }
    options.sizes.clear();
    for (bool more = true; more;) {
        const size_t comma = text.find(',');
        more = comma != std::string_view::npos;
        const auto size = number<size_t>(text.substr(0, comma), 1, kMaxSize);
        if (!size) {
            return error;
        }
        options.sizes.push_back(*size);
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return success();
}

Status parse_test(std::string_view text, Options& options) {
    for (Test test : {Test::kLatency, Test::kBandwidth, Test::kPut}) {
        if (text == to_string(test)) {
            options.test = test;
            return success();
        }
    }
    return wrong("-t: expected lat, bw or put, found '" + std::string(text) + "'");
}

Status parse_count(const std::string& name, std::string_view text, unsigned most, unsigned& count) {
    const auto value = number<unsigned>(text, 1, most);
    if (!value) {
        return wrong(name + ": expected a number from 1 to " + std::to_string(most) + ", found '" +
                     std::string(text) + "'");
    }
    count = *value;
    return success();
}

}  // namespace

const char* to_string(Test test) {
    switch (test) {
        case Test::kLatency:
            return "lat";
        case Test::kBandwidth:
            return "bw";
        case Test::kPut:
            return "put";
    }
    return "";
}

const char* unit(Test test) {
    return test == Test::kLatency ? "us" : "MB/s";
}

std::vector<size_t> powers(size_t min, size_t max) {
    std::vector<size_t> sizes;
    for (size_t size = min; size <= max; size *= 2) {
        sizes.push_back(size);
    }
    return sizes;
}

unsigned Options::window_of(size_t size) const {
    constexpr size_t kMost = 64;
    constexpr size_t kLeast = 4;
    constexpr size_t kBytes = size_t{4} << 20;
    if (window != 0) {
        return window;
    }
    return static_cast<unsigned>(std::clamp(kBytes / size, kLeast, kMost));
}

Result<Options> parse_options(std::span<const char* const> arguments) {
    Options options;
    std::vector<std::string_view> names;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string word = arguments[i];
        if (word == "-h" || word == "--help") {
            options.help = true;
            return options;
        }
        if (word == "--json") {
            options.json = true;
            continue;
        }
        if (!word.starts_with('-')) {
            names.emplace_back(arguments[i]);
            continue;
        }
        if (word != "-t" && word != "-m" && word != "-W" && word != "--blocks") {
            return wrong("unknown option '" + word + "'");
        }
        if (++i == arguments.size()) {
            return wrong(word + ": expected a value, found none");
        }
        const std::string_view value = arguments[i];
        if (word == "-t") {
            UCX_CRYPTO_TRY(parse_test(value, options));
        } else if (word == "-m") {
            UCX_CRYPTO_TRY(parse_sizes(value, options));
        } else if (word == "-W") {
            UCX_CRYPTO_TRY(parse_count(word, value, kMaxWindow, options.window));
        } else {
            UCX_CRYPTO_TRY(parse_count(word, value, kMaxBlocks, options.blocks));
        }
    }
    if (names.size() != 2) {
        return wrong("expected two configurations, found " + std::to_string(names.size()));
    }
    options.a = UCX_CRYPTO_TRY(parse_configuration(names[0]));
    options.b = UCX_CRYPTO_TRY(parse_configuration(names[1]));
    return options;
}

std::string help_text() {
    const Options defaults;
    return "usage: mpirun -np 2 duel A B [OPTION...]\n"
           "Measures two configurations of UCX against each other in the same two processes: short "
           "blocks\n"
           "of A and of B alternate, and what is compared is each block with its neighbour. First "
           "A against\n"
           "another context of A, as a control: what that differs from 1 by is noise.\n"
           "\n"
           "A, B: " +
           known_configurations() +
           ", each also with\n"
           "settings of its own (tcp:UCX_TCP_SNDBUF=1m), or NAME:UCX_TLS=LIST,UCX_...=VALUE,...\n"
           "tcp64k is tcp with UCX_TCP_TX_SEG_SIZE=64k, crypto_tcp128 crypto_tcp with "
           "AES-128-GCM.\n"
           "\n"
           "  -t lat|bw|put  ping-pong (default), windows of sends, windows of puts with a flush\n"
           "  -m MIN:MAX     message sizes in bytes, each twice the one before (" +
           std::to_string(defaults.sizes.front()) + ":" + std::to_string(defaults.sizes.back()) +
           ")\n"
           "  -m A,B,...     these sizes\n"
           "  -W N           messages in flight for bw and put (64, fewer above 64 KiB)\n"
           "  --blocks N     blocks of 1 to 2 ms for each configuration and size (" +
           std::to_string(defaults.blocks) +
           ")\n"
           "  --json         one JSON object per line instead of columns\n"
           "  -h, --help     this text\n"
           "\n"
           "Columns: A and B in us (half a round trip) or MB/s, medians over the blocks; Ratio is "
           "the median of\n"
           "B/A over neighbouring blocks, Low and High its 95 % interval.\n"
           "\n"
           "It loads the transport by itself. Settings that crypto_tcp needs (UCX_CRYPTO_*) must "
           "be in every\n"
           "rank's environment, and UCX_TLS must name no crypto transport: a process in which it "
           "does uses no\n"
           "transport in clear. Name the network: UCX_NET_DEVICES=eth0. Run it on idle cores, one "
           "rank each.\n"
           "Start it in a shell without `ucx-crypto env`: the ranks meet over Open MPI's own TCP.\n"
           "Exit status: 0 done, 1 failed, 2 wrong usage, 3 the environment does not allow it.\n";
}

}  // namespace ucx_crypto::duel
