// Latency of MPI_Reduce to rank 0, a sum of floats.
#include "bench/osu/common/collective.h"
#include "bench/osu/common/reduction.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_reduce",
    .title = "Reduce Latency Test",
    .min_size = sizeof(float),
    .max_size = std::size_t{1} << 20,
    .unit = sizeof(float),
    .small = {1000, 100},
    .large = {100, 10},
    .min_ranks = 2,
    .has_full = true,
};

void measure(Session& session) {
    Reduction reduction(session);
    run_collective(
        session, {.fill = [&](std::size_t size, int iteration) { reduction.fill(size, iteration); },
                  .operate =
                      [&](std::size_t size) {
                          MPI_Reduce(reduction.outgoing(), reduction.incoming(),
                                     Reduction::count(size), MPI_FLOAT, MPI_SUM, 0, MPI_COMM_WORLD);
                      },
                  .check =
                      [&](std::size_t size, int iteration) {
                          if (session.rank() == 0) {
                              reduction.check(0, size / sizeof(float), iteration);
                          }
                      }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
