#pragma once

#include <mpi.h>

#include <functional>

#include "bench/osu/common/session.h"

namespace ucx_crypto::osu {

/// The memory of an MPI_Win_allocate window, of which rank 1's is the target.
class RemoteMemory {
  public:
    explicit RemoteMemory(std::size_t bytes);
    ~RemoteMemory();
    RemoteMemory(const RemoteMemory&) = delete;
    RemoteMemory& operator=(const RemoteMemory&) = delete;

    [[nodiscard]] MPI_Win window() const { return window_; }
    /// This rank's own part, to be used only between lock_own and unlock_own.
    [[nodiscard]] std::span<std::byte> own() const { return own_; }
    void lock_own() const;
    void unlock_own() const;

  private:
    MPI_Win window_ = MPI_WIN_NULL;
    std::span<std::byte> own_;
};

/// The rank whose memory is the target of rank 0's operations.
inline constexpr int kTarget = 1;

/// What a one-sided benchmark does in one iteration; the streams of its contents are the ranks.
struct OneSidedSteps {
    /// Called when validating: by rank 0 for its own buffer, by the target within lock_own.
    std::function<void(std::size_t size, int iteration)> fill;
    std::function<void(std::size_t size)> operate;  ///< rank 0, timed together with the flush
    /// Called when validating, as fill is.
    std::function<void(std::size_t size, int iteration)> check;
};

/// Prints what the synchronisation is and `column`, and measures every size under a shared lock of
/// the target, each iteration completed by a flush. `figure` makes the figure of seconds per
/// iteration.
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
