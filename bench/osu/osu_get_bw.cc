// Bandwidth of windows of MPI_Get, each window completed by a flush.
#include "bench/osu/common/one_sided.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark =
    one_sided_bandwidth_benchmark("osu_get_bw", "MPI_Get Bandwidth Test");

void measure(Session& session) {
    run_transfer_bandwidth(session, Direction::kGet);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
