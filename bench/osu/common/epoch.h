#pragma once

#include <mpi.h>

#include "bench/osu/common/options.h"

namespace ucx_crypto::osu {

/// The access epochs of a benchmark as -s asks for them: those of rank 0, and for pscw and fence
/// the target's part in them.
class Epoch {
  public:
    Epoch(Synchronisation synchronisation, MPI_Win window, bool origin);
    ~Epoch();
    Epoch(const Epoch&) = delete;
    Epoch& operator=(const Epoch&) = delete;

    /// Whether this rank calls the functions below: rank 0 always does.
    [[nodiscard]] bool takes_part() const;

    /// Around one iteration or several, untimed: the lock under which flushes complete operations.
    void acquire() const;
    void release() const;

    /// Around the operations of one iteration, timed with them.
    void begin() const;
    void end() const;

  private:
    Synchronisation synchronisation_;
    MPI_Win window_;
    bool origin_;
    MPI_Group peer_ = MPI_GROUP_NULL;
};

}  // namespace ucx_crypto::osu
