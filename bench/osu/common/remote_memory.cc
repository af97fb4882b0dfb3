#include "bench/osu/common/remote_memory.h"

namespace ucx_crypto::osu {

RemoteMemory::RemoteMemory(WindowKind kind, std::size_t bytes)
    : kind_(kind), buffer_(kind == WindowKind::kAllocate ? 0 : bytes) {
    const auto length = static_cast<MPI_Aint>(bytes);
    std::byte* base = buffer_.part(0, 0).data();
    switch (kind) {
        case WindowKind::kCreate:
            MPI_Win_create(base, length, 1, MPI_INFO_NULL, MPI_COMM_WORLD, &window_);
            break;
        case WindowKind::kAllocate:
            MPI_Win_allocate(length, 1, MPI_INFO_NULL, MPI_COMM_WORLD, &base, &window_);
            break;
        case WindowKind::kDynamic:
            MPI_Win_create_dynamic(MPI_INFO_NULL, MPI_COMM_WORLD, &window_);
            MPI_Win_attach(window_, base, length);
            MPI_Get_address(base, &base_);
            MPI_Bcast(&base_, 1, MPI_AINT, kTarget, MPI_COMM_WORLD);
            break;
    }
    own_ = {base, bytes};
}

RemoteMemory::~RemoteMemory() {
    if (kind_ == WindowKind::kDynamic) {
        MPI_Barrier(MPI_COMM_WORLD);  // nobody uses the target's memory any more
        MPI_Win_detach(window_, own_.data());
    }
    MPI_Win_free(&window_);
}

void RemoteMemory::lock_own() const {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Win_lock(MPI_LOCK_EXCLUSIVE, rank, 0, window_);
}

void RemoteMemory::unlock_own() const {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Win_unlock(rank, window_);
}

}  // namespace ucx_crypto::osu
