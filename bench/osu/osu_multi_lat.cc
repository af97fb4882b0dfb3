// Latency of blocking sends of several pairs at once: rank r with rank r + ranks / 2.
#include "bench/osu/common/ping_pong.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_multi_lat",
    .title = "Multi Latency Test",
    .min_size = 0,
    .max_size = std::size_t{1} << 22,
    .small = {10000, 100},
    .large = {1000, 10},
    .min_ranks = 2,
    .even_ranks = true,
};

void measure(Session& session) {
    run_latency(session);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
