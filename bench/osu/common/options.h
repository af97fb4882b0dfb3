#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ucx_crypto::osu {

/// Messages above this many bytes use the reduced iteration and warm-up counts, as OSU does.
inline constexpr std::size_t kLargeMessageSize = 8192;

/// Largest size that -m accepts: MPI counts are ints, and a collective multiplies by the ranks.
inline constexpr std::size_t kMaxMessageSize = std::size_t{1} << 30;

/// How often one size is measured: `warmup` untimed iterations, then `iterations` timed ones.
struct LoopCounts {
    int iterations = 0;
    int warmup = 0;
};

/// How a one-sided benchmark gets its window (-w).
enum class WindowKind { kCreate, kAllocate, kDynamic };

/// How a one-sided benchmark synchronises origin and target (-s).
enum class Synchronisation { kLock, kFlush, kFlushLocal, kLockAll, kPscw, kFence };

/// The MPI functions, as OSU's output names them: "MPI_Win_allocate", "MPI_Win_lock/unlock".
[[nodiscard]] std::string_view to_string(WindowKind kind);
[[nodiscard]] std::string_view to_string(Synchronisation synchronisation);

/// What is fixed about a benchmark: its name, its defaults and the options that apply to it.
struct Benchmark {
    std::string_view program;  ///< e.g. "osu_latency"
    std::string_view title;    ///< as in OSU's title line, e.g. "Latency Test"
    std::size_t min_size = 0;  ///< default of -m's MIN, in bytes
    std::size_t max_size = 0;  ///< default of -m's MAX, in bytes
    std::size_t unit = 1;      ///< every size is at least this and a multiple of it, in bytes
    LoopCounts small{};        ///< default counts up to kLargeMessageSize
    LoopCounts large{};        ///< default counts above it
    int min_ranks = 2;
    int max_ranks = 0;  ///< 0: no upper bound
    bool even_ranks = false;
    bool has_window = false;      ///< takes -W
    bool has_pairs = false;       ///< takes -p
    bool has_full = false;        ///< takes -f
    bool has_histogram = false;   ///< takes -H
    bool has_test_calls = false;  ///< takes -t
    bool has_buffers = false;     ///< takes -b
    bool has_rate = false;        ///< takes -R
    bool is_one_sided = false;    ///< takes -w and -s
    bool has_contents = true;     ///< takes -c: it moves messages of a size
    bool has_sizes = true;        ///< takes -m: the size is not fixed
    bool has_loop = true;         ///< takes -i and -x: it measures more than one moment
};

enum class Action { kRun, kHelp, kVersion };

/// The command line, with the benchmark's defaults filled in.
struct Options {
    Action action = Action::kRun;
    std::size_t min_size = 0;
    std::size_t max_size = 0;
    LoopCounts small;
    LoopCounts large;
    int window = 64;
    int pairs = 0;       ///< 0: half of the ranks
    int test_calls = 0;  ///< during the computation of a nonblocking collective
    WindowKind window_kind = WindowKind::kAllocate;
    Synchronisation synchronisation = Synchronisation::kFlush;
    std::optional<int> validation_warmup;  ///< untimed iterations when validating; none: as without
    bool validate = false;
    bool multiple_buffers = false;  ///< each message of a window has its own, as when validating
    bool rate = true;               ///< the column of messages per second
    bool full = false;
    bool histogram = false;
    bool json = false;

    /// The counts that apply to a message of `size` bytes.
    [[nodiscard]] LoopCounts loop(std::size_t size) const {
        LoopCounts counts = size > kLargeMessageSize ? large : small;
        if (validate && validation_warmup) {
            counts.warmup = *validation_warmup;
        }
        return counts;
    }

    /// The size measured after `size`: twice as much, and 1 after 0.
    [[nodiscard]] static std::size_t next_size(std::size_t size) {
        return size == 0 ? 1 : size * 2;
    }
};

/// Either options or a message for the user; never both.
struct ParseResult {
    std::optional<Options> options;
    std::string error;
};

/// Parses the arguments after the program's name. Uses getopt_long's global state: one thread only.
[[nodiscard]] ParseResult parse_options(const Benchmark& benchmark,
                                        std::span<const char* const> arguments);

/// The text of --help: every option that the benchmark takes, with its default.
[[nodiscard]] std::string help_text(const Benchmark& benchmark);

/// Empty if `ranks` processes (and `pairs` of them, 0 for all) suit the benchmark, else what is
/// wrong.
[[nodiscard]] std::string rank_error(const Benchmark& benchmark, int ranks, int pairs);

}  // namespace ucx_crypto::osu
