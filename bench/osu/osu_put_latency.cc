// Time of an MPI_Put and its flush.
#include "bench/osu/common/one_sided.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark =
    one_sided_latency_benchmark("osu_put_latency", "MPI_Put Latency Test");

void measure(Session& session) {
    run_transfer_latency(session, Direction::kPut);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
