// Bandwidth of windows of MPI_Put, each window completed by a flush.
#include "bench/osu/common/one_sided.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_put_bw",
    .title = "MPI_Put Bandwidth Test",
    .min_size = 1,
    .max_size = std::size_t{1} << 22,
    .small = {100, 10},
    .large = {20, 2},
    .min_ranks = 2,
    .max_ranks = 2,
    .has_window = true,
    .is_one_sided = true,
};

void measure(Session& session) {
    run_transfer_bandwidth(session, Direction::kPut);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
