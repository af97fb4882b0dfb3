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

/// The values of 7 bits that a rank contributes: Open MPI's op component avx, unlike its others,
/// does not let a sum of bytes wrap around at 256 but saturates it.
void fill_addends(MessageId id, std::span<std::byte> addends) {
    fill_pattern(id, addends);
    for (std::byte& addend : addends) {
        addend &= std::byte{0x7F};
    }
}

void measure(Session& session) {
    const RemoteMemory memory(session.options().max_size);
    Buffer local(session.options().max_size);
    const bool origin = session.rank() == 0;
    run_one_sided(session, memory, "Latency (us)",
                  {.fill =
                       [&](std::size_t size, int iteration) {
                           const auto stream = static_cast<std::uint64_t>(session.rank());
                           fill_addends(session.message(iteration, 0, stream),
                                        origin ? local.part(0, size) : memory.own().first(size));
                       },
                   .operate =
                       [&](std::size_t size) {
                           const int count = static_cast<int>(size);
                           MPI_Accumulate(local.data(), count, MPI_UINT8_T, kTarget, 0, count,
                                          MPI_UINT8_T, MPI_SUM, memory.window());
                       },
                   .check =
                       [&](std::size_t size, int iteration) {
                           for (std::size_t i = 0; !origin && i < size; ++i) {
                               unsigned sum = 0;
                               for (const std::uint64_t stream : {0, kTarget}) {
                                   sum += pattern_byte(session.message(iteration, 0, stream), i) &
                                          0x7FU;
                               }
                               const auto found = static_cast<unsigned>(memory.own()[i]);
                               if (found != sum) {
                                   session.note_mismatch(i, sum, found);
                               }
                           }
                       }},
                  latency_figure);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
