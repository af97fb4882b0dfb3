#include "bench/osu/common/ping_pong.h"

#include <array>

namespace ucx_crypto::osu {
namespace {

constexpr int kPingTag = 1;

void send(std::span<const std::byte> message, int peer) {
    MPI_Send(message.data(), static_cast<int>(message.size()), MPI_CHAR, peer, kPingTag,
             MPI_COMM_WORLD);
}

void receive(std::span<std::byte> message, int peer) {
    MPI_Recv(message.data(), static_cast<int>(message.size()), MPI_CHAR, peer, kPingTag,
             MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

}  // namespace

void ping_pong(bool first, std::span<const std::byte> sent, std::span<std::byte> received,
               int peer) {
    if (first) {
        send(sent, peer);
        receive(received, peer);
    } else {
        receive(received, peer);
        send(sent, peer);
    }
}

void run_latency(Session& session) {
    const int pairs = session.ranks() / 2;
    const bool first = session.rank() < pairs;
    const int peer = first ? session.rank() + pairs : session.rank() - pairs;
    Buffer outgoing(session.options().max_size);
    Buffer incoming(session.options().max_size);
    session.print_title();
    session.print_columns(std::array<std::string_view, 1>{"Latency (us)"});

    session.for_each_size([&](std::size_t size, LoopCounts loop) {
        const auto sent = outgoing.part(0, size);
        const auto received = incoming.part(0, size);
        IterationTimer timer(loop, session.validate());
        for (int i = 0; i < loop.warmup + loop.iterations; ++i) {
            if (session.validate()) {
                fill_pattern(session.message(i, 0, static_cast<std::uint64_t>(session.rank())),
                             sent);
                session.synchronise();
            }
            timer.begin(i);
            ping_pong(first, sent, received, peer);
            timer.end(i);
            if (session.validate()) {
                session.check(session.message(i, 0, static_cast<std::uint64_t>(peer)), received);
            }
        }
        const double mine = first ? timer.seconds() * 1e6 / (2.0 * loop.iterations) : 0;
        double sum = 0;
        MPI_Reduce(&mine, &sum, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
        session.finish_size(size, std::array{sum / pairs});
    });
}

}  // namespace ucx_crypto::osu
