// Bandwidth of both directions together between two ranks.
#include <array>

#include "bench/osu/common/window.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = bandwidth_benchmark("osu_bibw", "Bi-Directional Bandwidth Test");

void measure(Session& session) {
    const int peer = 1 - session.rank();
    Window outgoing(session, peer);
    Window incoming(session, peer);
    session.print_title();
    session.print_columns(std::array<std::string_view, 1>{"Bandwidth (MB/s)"});

    session.for_each_size([&](std::size_t size, LoopCounts loop) {
        IterationTimer timer(loop, session.validate());
        for (int i = 0; i < loop.warmup + loop.iterations; ++i) {
            outgoing.fill(i, size);
            session.synchronise();
            timer.begin(i);
            incoming.start_receives(size);
            outgoing.start_sends(size);
            outgoing.complete();
            incoming.complete();
            if (session.rank() == 0) {
                receive_acknowledgement(peer);
            } else {
                send_acknowledgement(peer);
            }
            timer.end(i);
            incoming.check(i, size);
        }
        const double megabytes =
            2.0 * static_cast<double>(size) / 1e6 * loop.iterations * session.options().window;
        session.finish_size(size, std::array{megabytes / timer.seconds()});
    });
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
