#pragma once

#include <mpi.h>

#include <functional>
#include <string_view>

#include "bench/osu/common/remote_memory.h"

namespace ucx_crypto::osu {

/// A benchmark of one operation at a time, and of windows of them, with OSU's defaults.
constexpr Benchmark one_sided_latency_benchmark(std::string_view program, std::string_view title) {
    return {
        .program = program,
        .title = title,
        .min_size = 1,
        .max_size = std::size_t{1} << 22,
        .small = {10000, 100},
        .large = {1000, 10},
        .min_ranks = 2,
        .max_ranks = 2,
        .is_one_sided = true,
    };
}

constexpr Benchmark one_sided_bandwidth_benchmark(std::string_view program,
                                                  std::string_view title) {
    return {
        .program = program,
        .title = title,
        .min_size = 1,
        .max_size = std::size_t{1} << 22,
        .small = {100, 10},
        .large = {20, 2},
        .min_ranks = 2,
        .max_ranks = 2,
        .has_window = true,
        .is_one_sided = true,
    };
}

/// What a one-sided benchmark does in one iteration; the streams of its contents are the ranks.
struct OneSidedSteps {
    /// Called when validating: by rank 0 for its own buffer, by the target within lock_own.
    std::function<void(std::size_t size, int iteration)> fill;
    std::function<void(std::size_t size)> operate;  ///< rank 0, timed with its synchronisation
    /// Called when validating, as fill is.
    std::function<void(std::size_t size, int iteration)> check;
};

/// Prints window, synchronisation and `column`, and measures every size. `figure` makes the figure
/// of seconds per iteration.
void run_one_sided(Session& session, const RemoteMemory& memory, std::string_view column,
                   const OneSidedSteps& steps,
                   const std::function<double(std::size_t size, double seconds)>& figure);

/// The figure of a latency test: microseconds.
[[nodiscard]] double latency_figure(std::size_t size, double seconds);

enum class Direction { kPut, kGet };

/// A whole latency benchmark (one operation per iteration) or bandwidth benchmark (a window of
/// them) of MPI_Put or MPI_Get.
void run_transfer_latency(Session& session, Direction direction);
void run_transfer_bandwidth(Session& session, Direction direction);

}  // namespace ucx_crypto::osu
