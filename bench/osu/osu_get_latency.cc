// Time of an MPI_Get and its flush.
#include "bench/osu/common/one_sided.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark =
    one_sided_latency_benchmark("osu_get_latency", "MPI_Get latency Test");

void measure(Session& session) {
    run_transfer_latency(session, Direction::kGet);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
