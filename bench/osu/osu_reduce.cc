// Latency of MPI_Reduce to rank 0, a sum of floats.
#include "bench/osu/common/collective.h"
#include "bench/osu/common/reduction.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = reduction_benchmark("osu_reduce", "Reduce Latency Test");

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
