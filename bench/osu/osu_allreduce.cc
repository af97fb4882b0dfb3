// Latency of MPI_Allreduce, a sum of floats.
#include "bench/osu/common/collective.h"
#include "bench/osu/common/reduction.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = reduction_benchmark("osu_allreduce", "Allreduce Latency Test");

void measure(Session& session) {
    Reduction reduction(session);
    run_collective(
        session,
        {.fill = [&](std::size_t size, int iteration) { reduction.fill(size, iteration); },
         .operate =
             [&](std::size_t size) {
                 MPI_Allreduce(reduction.outgoing(), reduction.incoming(), Reduction::count(size),
                               MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
             },
         .check = [&](std::size_t size,
                      int iteration) { reduction.check(0, size / sizeof(float), iteration); }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
