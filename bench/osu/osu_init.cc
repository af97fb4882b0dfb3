// Time of MPI_Init over the ranks.
#include <array>
#include <cstdio>

#include "bench/osu/common/session.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_init",
    .title = "Init Test",
    .min_ranks = 1,
    .has_contents = false,
    .has_sizes = false,
    .has_loop = false,
};

void measure(Session& session) {
    const double mine = session.init_seconds() * 1e3;
    std::array<double, 3> figures{};
    MPI_Reduce(&mine, &figures[0], 1, MPI_DOUBLE, MPI_MIN, 0, MPI_COMM_WORLD);
    MPI_Reduce(&mine, &figures[1], 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
    MPI_Reduce(&mine, &figures[2], 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    figures[2] /= session.ranks();
    session.print_title();
    if (session.options().json) {
        session.print_columns(std::array<std::string_view, 3>{"Min (ms)", "Max (ms)", "Avg (ms)"});
        session.print_figures(figures);
        return;
    }
    std::array<char, 128> line{};
    std::snprintf(line.data(), line.size(),
                  "nprocs: %d, min: %.0f ms, max: %.0f ms, avg: %.0f ms\n", session.ranks(),
                  figures[0], figures[1], figures[2]);
    session.print_line(line.data());
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
