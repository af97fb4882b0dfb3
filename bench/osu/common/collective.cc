#include "bench/osu/common/collective.h"

#include <array>

namespace ucx_crypto::osu {
namespace {

/// Average, minimum and maximum over the ranks, on rank 0.
std::array<double, 3> over_ranks(const Session& session, double mine) {
    std::array<double, 3> figures{};
    MPI_Reduce(&mine, &figures[0], 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    MPI_Reduce(&mine, &figures[1], 1, MPI_DOUBLE, MPI_MIN, 0, MPI_COMM_WORLD);
    MPI_Reduce(&mine, &figures[2], 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
    figures[0] /= session.ranks();
    return figures;
}

/// Prints title and columns; returns how many of the three figures are shown.
std::size_t print_collective_header(Session& session) {
    constexpr std::array<std::string_view, 3> kColumns = {"Avg Latency(us)", "Min Latency(us)",
                                                          "Max Latency(us)"};
    const bool full = session.options().full;
    const std::size_t shown = full ? kColumns.size() : 1;
    session.print_header("\n");
    session.print_title();
    session.print_columns(std::span(kColumns).first(shown), full);
    return shown;
}

}  // namespace

void run_collective(Session& session, const CollectiveSteps& steps) {
    const std::size_t shown = print_collective_header(session);
    session.for_each_size([&](std::size_t size, LoopCounts loop) {
        double seconds = 0;
        for (int i = 0; i < loop.warmup + loop.iterations; ++i) {
            if (session.validate()) {
                steps.fill(size, i);
                session.synchronise();
            }
            const double started = MPI_Wtime();
            steps.operate(size);
            if (i >= loop.warmup) {
                seconds += MPI_Wtime() - started;
            }
            if (session.validate()) {
                steps.check(size, i);
            }
            MPI_Barrier(MPI_COMM_WORLD);
        }
        const auto figures = over_ranks(session, seconds * 1e6 / loop.iterations);
        session.finish_size(size, std::span(figures).first(shown),
                            session.options().full ? loop.iterations : 0);
    });
}

void run_barrier(Session& session) {
    const std::size_t shown = print_collective_header(session);
    const LoopCounts loop = session.options().small;
    IterationTimer timer(loop, false);
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 0; i < loop.warmup + loop.iterations; ++i) {
        timer.begin(i);
        MPI_Barrier(MPI_COMM_WORLD);
        timer.end(i);
    }
    const auto figures = over_ranks(session, timer.seconds() * 1e6 / loop.iterations);
    session.print_figures(std::span(figures).first(shown),
                          session.options().full ? loop.iterations : 0);
}

}  // namespace ucx_crypto::osu
