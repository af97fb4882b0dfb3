// Time of an MPI_Accumulate, a sum of bytes, and its flush.
#include "bench/osu/common/one_sided.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_acc_latency",
    .title = "MPI_Accumulate latency Test",
    .min_size = 1,
    .max_size = std::size_t{1} << 22,
    .small = {10000, 100},
    .large = {1000, 10},
    .min_ranks = 2,
    .max_ranks = 2,
};

/// Takes what was there before the sum from the sum, byte by byte.
void subtract(std::span<std::byte> sum, std::span<const std::byte> before) {
    for (std::size_t i = 0; i < sum.size(); ++i) {
        sum[i] = static_cast<std::byte>(static_cast<unsigned>(sum[i]) -
                                        static_cast<unsigned>(before[i]));
    }
}

void measure(Session& session) {
    const RemoteMemory memory(session.options().max_size);
    Buffer local(session.options().max_size);
    const bool origin = session.rank() == 0;
    run_one_sided(
        session, memory, "Latency (us)",
        {.fill =
             [&](std::size_t size, int iteration) {
                 const auto stream = static_cast<std::uint64_t>(session.rank());
                 fill_pattern(session.message(iteration, 0, stream),
                              origin ? local.part(0, size) : memory.own().first(size));
             },
         .operate =
             [&](std::size_t size) {
                 const int count = static_cast<int>(size);
                 MPI_Accumulate(local.data(), count, MPI_UINT8_T, kTarget, 0, count, MPI_UINT8_T,
                                MPI_SUM, memory.window());
             },
         .check =
             [&](std::size_t size, int iteration) {
                 if (!origin) {
                     fill_pattern(session.message(iteration, 0, kTarget), local.part(0, size));
                     subtract(memory.own().first(size), local.part(0, size));
                     session.check(session.message(iteration, 0, 0), memory.own().first(size));
                 }
             }},
        latency_figure);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
