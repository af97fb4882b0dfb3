// Half of the round-trip time of blocking sends between two ranks.
#include <array>

#include "bench/osu/common/session.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_latency",
    .title = "Latency Test",
    .min_size = 0,
    .max_size = std::size_t{1} << 22,
    .small = {10000, 100},
    .large = {1000, 10},
    .min_ranks = 2,
    .max_ranks = 2,
};
constexpr int kTag = 1;

void send(std::span<const std::byte> message, int peer) {
    MPI_Send(message.data(), static_cast<int>(message.size()), MPI_CHAR, peer, kTag,
             MPI_COMM_WORLD);
}

void receive(std::span<std::byte> message, int peer) {
    MPI_Recv(message.data(), static_cast<int>(message.size()), MPI_CHAR, peer, kTag, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
}

void measure(Session& session) {
    const int peer = 1 - session.rank();
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
            if (session.rank() == 0) {
                send(sent, peer);
                receive(received, peer);
            } else {
                receive(received, peer);
                send(sent, peer);
            }
            timer.end(i);
            if (session.validate()) {
                session.check(session.message(i, 0, static_cast<std::uint64_t>(peer)), received);
            }
        }
        const double microseconds = timer.seconds() * 1e6 / (2.0 * loop.iterations);
        session.finish_size(size, std::array{microseconds});
    });
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
