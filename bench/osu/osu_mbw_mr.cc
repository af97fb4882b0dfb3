// Bandwidth and message rate of several pairs at once: rank r sends to rank r + pairs.
#include <array>
#include <memory>
#include <string>

#include "bench/osu/common/window.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_mbw_mr",
    .title = "Multiple Bandwidth / Message Rate Test",
    .min_size = 1,
    .max_size = std::size_t{1} << 22,
    .small = {100, 10},
    .large = {20, 2},
    .min_ranks = 2,
    .even_ranks = true,
    .has_window = true,
    .has_pairs = true,
    .has_buffers = true,
    .has_rate = true,
};

void measure(Session& session) {
    const int pairs = session.options().pairs != 0 ? session.options().pairs : session.ranks() / 2;
    const bool sends = session.rank() < pairs;
    const bool receives = !sends && session.rank() < 2 * pairs;
    const int peer = sends ? session.rank() + pairs : session.rank() - pairs;
    std::unique_ptr<Window> window;
    if (sends || receives) {
        window = std::make_unique<Window>(session, peer);
    }
    session.print_title();
    session.print_header("# [ pairs: " + std::to_string(pairs) +
                         " ] [ window size: " + std::to_string(session.options().window) + " ]\n");
    constexpr std::array<std::string_view, 2> kColumns = {"MB/s", "Messages/s"};
    const std::size_t shown = session.options().rate ? 2 : 1;
    session.print_columns(std::span(kColumns).first(shown));

    session.for_each_size([&](std::size_t size, LoopCounts loop) {
        IterationTimer timer(loop, session.validate());
        for (int i = 0; i < loop.warmup + loop.iterations; ++i) {
            if (sends) {
                window->fill(i, size);
            }
            if (session.validate() || i == loop.warmup) {
                MPI_Barrier(MPI_COMM_WORLD);  // all pairs start their timed part together
            }
            timer.begin(i);
            if (sends) {
                window->start_sends(size);
                window->complete();
                receive_acknowledgement(peer);
            } else if (receives) {
                window->start_receives(size);
                window->complete();
                send_acknowledgement(peer);
            }
            timer.end(i);
            if (receives) {
                window->check(i, size);
            }
        }
        double seconds = sends ? timer.seconds() : 0;
        MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
        const double messages =
            static_cast<double>(pairs) * loop.iterations * session.options().window;
        const std::array figures = {messages * static_cast<double>(size) / 1e6 / seconds,
                                    messages / seconds};
        session.finish_size(size, std::span(figures).first(shown));
    });
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
