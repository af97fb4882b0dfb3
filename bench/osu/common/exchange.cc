#include "bench/osu/common/exchange.h"

namespace ucx_crypto::osu {

void run_exchange(Session& session, const BlockExchange& exchange) {
    Buffer outgoing(session.options().max_size * exchange.sent.size());
    Buffer incoming(session.options().max_size * exchange.received.size());
    run_collective(session,
                   {.fill =
                        [&](std::size_t size, int iteration) {
                            for (std::size_t i = 0; i < exchange.sent.size(); ++i) {
                                fill_pattern(session.message(iteration, 0, exchange.sent[i]),
                                             outgoing.part(i * size, size));
                            }
                        },
                    .operate =
                        [&](std::size_t size) {
                            exchange.operate(outgoing.data(), incoming.data(),
                                             static_cast<int>(size));
                        },
                    .check =
                        [&](std::size_t size, int iteration) {
                            for (std::size_t i = 0; i < exchange.received.size(); ++i) {
                                session.check(session.message(iteration, 0, exchange.received[i]),
                                              incoming.part(i * size, size));
                            }
                        }});
}

std::vector<std::uint64_t> streams_of_ranks(const Session& session) {
    std::vector<std::uint64_t> streams(static_cast<std::size_t>(session.ranks()));
    for (std::size_t rank = 0; rank < streams.size(); ++rank) {
        streams[rank] = rank;
    }
    return streams;
}

std::vector<std::uint64_t> streams_to_ranks(const Session& session, int from) {
    std::vector<std::uint64_t> streams = streams_of_ranks(session);
    for (std::uint64_t& stream : streams) {
        stream += static_cast<std::uint64_t>(from) * streams.size();
    }
    return streams;
}

std::vector<std::uint64_t> streams_from_ranks(const Session& session) {
    std::vector<std::uint64_t> streams = streams_of_ranks(session);
    for (std::uint64_t& stream : streams) {
        stream = stream * streams.size() + static_cast<std::uint64_t>(session.rank());
    }
    return streams;
}

}  // namespace ucx_crypto::osu
