// How the latency of blocking sends scatters: osu_latency, with each round trip timed by itself.
#include <array>
#include <chrono>

#include "bench/osu/common/distribution.h"
#include "bench/osu/common/ping_pong.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_jitter",
    .title = "Latency Distribution Test",
    .min_size = 4,
    .max_size = 4096,
    .small = {50000, 1000},
    .large = {10000, 100},
    .min_ranks = 2,
    .max_ranks = 2,
    .has_histogram = true,
};

void print(Session& session, std::size_t size, const Distribution& found) {
    const char* verdict = session.settle_size();
    if (session.options().json) {
        session.print_line(json_line(size, found, verdict));
        return;
    }
    session.print_line(
        row_line({.size = size,
                  .figures = std::array{found.min, found.p50, found.p99, found.p99_9, found.max},
                  .verdict = verdict}));
    if (session.options().histogram) {
        session.print_line(histogram_lines(found));
    }
}

void measure(Session& session) {
    const int peer = 1 - session.rank();
    Buffer outgoing(session.options().max_size);
    Buffer incoming(session.options().max_size);
    session.print_title();
    session.print_columns(std::array<std::string_view, 5>{"Min (us)", "p50 (us)", "p99 (us)",
                                                          "p99.9 (us)", "Max (us)"});
    std::vector<double> samples;  // half a round trip each, us
    session.for_each_size([&](std::size_t size, LoopCounts loop) {
        const auto sent = outgoing.part(0, size);
        const auto received = incoming.part(0, size);
        samples.assign(static_cast<std::size_t>(loop.iterations), 0);  // touched before it counts
        for (int i = 0; i < loop.warmup + loop.iterations; ++i) {
            if (session.validate()) {
                fill_pattern(session.message(i, 0, static_cast<std::uint64_t>(session.rank())),
                             sent);
                session.synchronise();
            }
            const auto start = std::chrono::steady_clock::now();
            ping_pong(session.rank() == 0, sent, received, peer);
            const std::chrono::duration<double, std::micro> elapsed =
                std::chrono::steady_clock::now() - start;
            if (i >= loop.warmup) {
                samples[static_cast<std::size_t>(i - loop.warmup)] = elapsed.count() / 2;
            }
            if (session.validate()) {
                session.check(session.message(i, 0, static_cast<std::uint64_t>(peer)), received);
            }
        }
        print(session, size, distribution_of(samples));
    });
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
