// Half of the round-trip time of blocking sends between two ranks.
#include "bench/osu/common/ping_pong.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_latency",
    .title = "Latency Test",
    .min_size = 0,
    .max_size = std::size_t{1} << 22,
    .small = {10000, 100},
    .large = {1000, 10},
    .min_ranks = 2,
    .max_ranks = 2,
};

void measure(Session& session) {
    run_latency(session);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
