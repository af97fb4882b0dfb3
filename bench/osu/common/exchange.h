#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "bench/osu/common/collective.h"

namespace ucx_crypto::osu {

/// A collective that moves blocks of `size` bytes: the streams (see MessageId) of the blocks that
/// this rank has at `outgoing`, and of those that must be at `incoming` afterwards, in their order.
struct BlockExchange {
    std::vector<std::uint64_t> sent;
    std::vector<std::uint64_t> received;
    std::function<void(void* outgoing, void* incoming, int size)> operate;  ///< timed
};

/// Measures and, when validating, checks every size.
void run_exchange(Session& session, const BlockExchange& exchange);

/// One stream of each rank, in the order of the ranks.
[[nodiscard]] std::vector<std::uint64_t> streams_of_ranks(const Session& session);
/// The streams of the blocks from this rank to every rank, and from every rank to this one.
[[nodiscard]] std::vector<std::uint64_t> streams_to_ranks(const Session& session, int from);
[[nodiscard]] std::vector<std::uint64_t> streams_from_ranks(const Session& session);

}  // namespace ucx_crypto::osu
