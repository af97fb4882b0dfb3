// Time of an MPI_Accumulate, a sum of bytes, and its flush.
#include "bench/osu/common/one_sided.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark =
    one_sided_latency_benchmark("osu_acc_latency", "MPI_Accumulate latency Test");

void measure(Session& session) {
    const RemoteMemory memory(session.options().window_kind, session.options().max_size);
    Buffer local(session.options().max_size);
    const bool origin = session.rank() == 0;
    // No sum is above 255: Open MPI's op component avx, unlike its others, does not let a sum of
    // bytes wrap around but saturates it.
    const auto sum_at = [&](int iteration, std::size_t offset) {
        return pattern_sum(session.message(iteration, 0, 0), offset);
    };
    run_one_sided(session, memory, "Latency (us)",
                  {.fill =
                       [&](std::size_t size, int iteration) {
                           const auto bytes =
                               origin ? local.part(0, size) : memory.own().first(size);
                           for (std::size_t i = 0; i < size; ++i) {
                               const ByteSum sum = sum_at(iteration, i);
                               bytes[i] = std::byte{origin ? sum.addend : sum.before};
                           }
                       },
                   .operate =
                       [&](std::size_t size) {
                           const int count = static_cast<int>(size);
                           MPI_Accumulate(local.data(), count, MPI_UINT8_T, kTarget, memory.at(0),
                                          count, MPI_UINT8_T, MPI_SUM, memory.window());
                       },
                   .check =
                       [&](std::size_t size, int iteration) {
                           for (std::size_t i = 0; !origin && i < size; ++i) {
                               const unsigned expected = sum_at(iteration, i).sum;
                               const auto found = static_cast<unsigned>(memory.own()[i]);
                               if (found != expected) {
                                   session.note_mismatch(i, expected, found);
                               }
                           }
                       }},
                  latency_figure);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
