// Bandwidth of windows of MPI_Put, each window completed by a flush.
#include "bench/osu/common/one_sided.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark =
    one_sided_bandwidth_benchmark("osu_put_bw", "MPI_Put Bandwidth Test");

void measure(Session& session) {
    run_transfer_bandwidth(session, Direction::kPut);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
