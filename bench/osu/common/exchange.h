#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
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

/// A benchmark of such a collective, with OSU's defaults.
constexpr Benchmark exchange_benchmark(std::string_view program, std::string_view title) {
    return {
        .program = program,
        .title = title,
        .min_size = 1,
        .max_size = std::size_t{1} << 20,
        .small = {1000, 100},
        .large = {100, 10},
        .min_ranks = 2,
        .has_full = true,
    };
}

}  // namespace ucx_crypto::osu
