#pragma once

#include <mpi.h>

#include <span>

#include "bench/osu/common/session.h"

namespace ucx_crypto::osu {

/// The rank whose memory is the target of rank 0's operations.
inline constexpr int kTarget = 1;

/// A window of the kind that -w names over equally much memory of both ranks.
class RemoteMemory {
  public:
    RemoteMemory(WindowKind kind, std::size_t bytes);
    ~RemoteMemory();
    RemoteMemory(const RemoteMemory&) = delete;
    RemoteMemory& operator=(const RemoteMemory&) = delete;

    [[nodiscard]] MPI_Win window() const { return window_; }
    /// The displacement of the byte at `offset` of the target's memory.
    [[nodiscard]] MPI_Aint at(std::size_t offset) const {
        return base_ + static_cast<MPI_Aint>(offset);
    }
    /// This rank's own part, to be used only between lock_own and unlock_own.
    [[nodiscard]] std::span<std::byte> own() const { return own_; }
    void lock_own() const;
    void unlock_own() const;

  private:
    WindowKind kind_;
    Buffer buffer_;  ///< what MPI did not allocate
    MPI_Win window_ = MPI_WIN_NULL;
    std::span<std::byte> own_;
    MPI_Aint base_ = 0;  ///< a dynamic window has no origin but address 0
};

}  // namespace ucx_crypto::osu
