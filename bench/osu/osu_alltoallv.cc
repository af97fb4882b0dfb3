// Latency of MPI_Alltoallv with equal blocks, whose size is that between each two ranks.
#include "bench/osu/common/exchange.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_alltoallv",
    .title = "All-to-Allv Personalized Exchange Latency Test",
    .min_size = 1,
    .max_size = std::size_t{1} << 20,
    .small = {1000, 100},
    .large = {100, 10},
    .min_ranks = 2,
    .has_full = true,
};

void measure(Session& session) {
    std::vector<int> counts(static_cast<std::size_t>(session.ranks()));
    std::vector<int> places(counts.size());
    run_exchange(session, {.sent = streams_to_ranks(session, session.rank()),
                           .received = streams_from_ranks(session),
                           .operate = [&](void* outgoing, void* incoming, int size) {
                               for (std::size_t i = 0; i < counts.size(); ++i) {
                                   counts[i] = size;
                                   places[i] = size * static_cast<int>(i);
                               }
                               MPI_Alltoallv(outgoing, counts.data(), places.data(), MPI_CHAR,
                                             incoming, counts.data(), places.data(), MPI_CHAR,
                                             MPI_COMM_WORLD);
                           }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
