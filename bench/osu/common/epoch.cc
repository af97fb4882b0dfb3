#include "bench/osu/common/epoch.h"

#include "bench/osu/common/remote_memory.h"

namespace ucx_crypto::osu {

Epoch::Epoch(Synchronisation synchronisation, MPI_Win window, bool origin)
    : synchronisation_(synchronisation), window_(window), origin_(origin) {
    MPI_Group all = MPI_GROUP_NULL;
    MPI_Win_get_group(window, &all);
    const int peer = origin ? kTarget : 0;
    MPI_Group_incl(all, 1, &peer, &peer_);
    MPI_Group_free(&all);
}

Epoch::~Epoch() {
    MPI_Group_free(&peer_);
}

bool Epoch::takes_part() const {
    return origin_ || synchronisation_ == Synchronisation::kPscw ||
           synchronisation_ == Synchronisation::kFence;
}

void Epoch::acquire() const {
    if (synchronisation_ == Synchronisation::kFlush ||
        synchronisation_ == Synchronisation::kFlushLocal) {
        MPI_Win_lock(MPI_LOCK_SHARED, kTarget, 0, window_);
    }
}

void Epoch::release() const {
    if (synchronisation_ == Synchronisation::kFlush ||
        synchronisation_ == Synchronisation::kFlushLocal) {
        MPI_Win_unlock(kTarget, window_);
    }
}

void Epoch::begin() const {
    switch (synchronisation_) {
        case Synchronisation::kLock:
            MPI_Win_lock(MPI_LOCK_SHARED, kTarget, 0, window_);
            break;
        case Synchronisation::kLockAll:
            MPI_Win_lock_all(0, window_);
            break;
        case Synchronisation::kPscw:
            origin_ ? MPI_Win_start(peer_, 0, window_) : MPI_Win_post(peer_, 0, window_);
            break;
        case Synchronisation::kFence:
            MPI_Win_fence(MPI_MODE_NOPRECEDE, window_);
            break;
        case Synchronisation::kFlush:
        case Synchronisation::kFlushLocal:
            break;
    }
}

void Epoch::end() const {
    switch (synchronisation_) {
        case Synchronisation::kLock:
            MPI_Win_unlock(kTarget, window_);
            break;
        case Synchronisation::kFlush:
            MPI_Win_flush(kTarget, window_);
            break;
        case Synchronisation::kFlushLocal:
            MPI_Win_flush_local(kTarget, window_);
            break;
        case Synchronisation::kLockAll:
            MPI_Win_unlock_all(window_);
            break;
        case Synchronisation::kPscw:
            origin_ ? MPI_Win_complete(window_) : MPI_Win_wait(window_);
            break;
        case Synchronisation::kFence:
            MPI_Win_fence(MPI_MODE_NOSUCCEED, window_);
            break;
    }
}

}  // namespace ucx_crypto::osu
