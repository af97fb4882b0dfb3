#pragma once

#include <functional>

#include "bench/osu/common/session.h"

namespace ucx_crypto::osu {

/// What a collective benchmark does in one iteration on one rank.
struct CollectiveSteps {
    std::function<void(std::size_t size, int iteration)> fill;   ///< called when validating
    std::function<void(std::size_t size)> operate;               ///< timed
    std::function<void(std::size_t size, int iteration)> check;  ///< called when validating
};

/// Prints title and columns, measures every size, and prints the average over the ranks of each
/// rank's mean latency in microseconds; with -f also their minimum, maximum and the iterations.
void run_collective(Session& session, const CollectiveSteps& steps);

/// The same of MPI_Barrier, which has no sizes.
void run_barrier(Session& session);

}  // namespace ucx_crypto::osu
