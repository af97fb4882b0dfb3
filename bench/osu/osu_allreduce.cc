// Latency of MPI_Allreduce, a sum of floats.
#include "bench/osu/common/collective.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_allreduce",
    .title = "Allreduce Latency Test",
    .min_size = sizeof(float),
    .max_size = std::size_t{1} << 20,
    .unit = sizeof(float),
    .small = {1000, 100},
    .large = {100, 10},
    .min_ranks = 2,
    .has_full = true,
};

void measure(Session& session) {
    Buffer outgoing(session.options().max_size);
    Buffer incoming(session.options().max_size);
    const auto count = [](std::size_t size) { return size / sizeof(float); };

    run_collective(
        session,
        {.fill =
             [&](std::size_t size, int iteration) {
                 const MessageId id =
                     session.message(iteration, 0, static_cast<std::uint64_t>(session.rank()));
                 const auto values = outgoing.as<float>(count(size));
                 for (std::size_t i = 0; i < values.size(); ++i) {
                     values[i] = static_cast<float>(pattern_number(id, i));
                 }
             },
         .operate =
             [&](std::size_t size) {
                 MPI_Allreduce(outgoing.data(), incoming.data(), static_cast<int>(count(size)),
                               MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
             },
         .check =
             [&](std::size_t size, int iteration) {
                 const auto values = incoming.as<float>(count(size));
                 for (std::size_t i = 0; i < values.size(); ++i) {
                     std::uint64_t sum = 0;
                     for (int rank = 0; rank < session.ranks(); ++rank) {
                         const auto stream = static_cast<std::uint64_t>(rank);
                         sum += pattern_number(session.message(iteration, 0, stream), i);
                     }
                     // Exact: whole numbers below 2^24. A NaN is unequal too.
                     if (!(values[i] == static_cast<float>(sum))) {
                         session.note_mismatch(i * sizeof(float), static_cast<double>(sum),
                                               static_cast<double>(values[i]));
                     }
                 }
             }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
