// Latency of MPI_Alltoall; the size is that of the block between each two ranks.
#include "bench/osu/common/collective.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_alltoall",
    .title = "All-to-All Personalized Exchange Latency Test",
    .min_size = 1,
    .max_size = std::size_t{1} << 20,
    .small = {1000, 100},
    .large = {100, 10},
    .min_ranks = 2,
    .has_full = true,
};

void measure(Session& session) {
    const auto ranks = static_cast<std::size_t>(session.ranks());
    const auto me = static_cast<std::size_t>(session.rank());
    Buffer outgoing(session.options().max_size * ranks);
    Buffer incoming(session.options().max_size * ranks);
    const auto stream = [ranks](std::size_t from, std::size_t to) { return from * ranks + to; };

    run_collective(session, {.fill =
                                 [&](std::size_t size, int iteration) {
                                     for (std::size_t to = 0; to < ranks; ++to) {
                                         fill_pattern(session.message(iteration, 0, stream(me, to)),
                                                      outgoing.part(to * size, size));
                                     }
                                 },
                             .operate =
                                 [&](std::size_t size) {
                                     const int count = static_cast<int>(size);
                                     MPI_Alltoall(outgoing.data(), count, MPI_CHAR, incoming.data(),
                                                  count, MPI_CHAR, MPI_COMM_WORLD);
                                 },
                             .check =
                                 [&](std::size_t size, int iteration) {
                                     for (std::size_t from = 0; from < ranks; ++from) {
                                         session.check(
                                             session.message(iteration, 0, stream(from, me)),
                                             incoming.part(from * size, size));
                                     }
                                 }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
