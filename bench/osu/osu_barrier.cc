// Latency of MPI_Barrier.
#include "bench/osu/common/collective.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_barrier",
    .title = "Barrier Latency Test",
    .small = {1000, 100},
    .large = {1000, 100},
    .min_ranks = 2,
    .has_full = true,
    .has_contents = false,
    .has_sizes = false,
};

void measure(Session& session) {
    run_barrier(session);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
