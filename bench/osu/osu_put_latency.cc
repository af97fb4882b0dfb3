// Time of an MPI_Put and its flush.
#include "bench/osu/common/one_sided.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_put_latency",
    .title = "MPI_Put Latency Test",
    .min_size = 1,
    .max_size = std::size_t{1} << 22,
    .small = {10000, 100},
    .large = {1000, 10},
    .min_ranks = 2,
    .max_ranks = 2,
    .is_one_sided = true,
};

void measure(Session& session) {
    run_transfer_latency(session, Direction::kPut);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
