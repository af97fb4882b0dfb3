// Bandwidth from rank 0 to rank 1: windows of nonblocking sends, each acknowledged once.
#include <array>

#include "bench/osu/common/window.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = bandwidth_benchmark("osu_bw", "Bandwidth Test");

void measure(Session& session) {
    const int peer = 1 - session.rank();
    Window window(session, peer);
    session.print_title();
    session.print_columns(std::array<std::string_view, 1>{"Bandwidth (MB/s)"});

    session.for_each_size([&](std::size_t size, LoopCounts loop) {
        IterationTimer timer(loop, session.validate());
        for (int i = 0; i < loop.warmup + loop.iterations; ++i) {
            if (session.rank() == 0) {
                window.fill(i, size);
            }
            session.synchronise();
            timer.begin(i);
            if (session.rank() == 0) {
                window.start_sends(size);
                window.complete();
                receive_acknowledgement(peer);
            } else {
                window.start_receives(size);
                window.complete();
                send_acknowledgement(peer);
            }
            timer.end(i);
            if (session.rank() == 1) {
                window.check(i, size);
            }
        }
        const double megabytes =
            static_cast<double>(size) / 1e6 * loop.iterations * session.options().window;
        session.finish_size(size, std::array{megabytes / timer.seconds()});
    });
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
