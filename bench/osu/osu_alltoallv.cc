// Latency of MPI_Alltoallv with equal blocks, whose size is that between each two ranks.
#include "bench/osu/common/exchange.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark =
    exchange_benchmark("osu_alltoallv", "All-to-Allv Personalized Exchange Latency Test");

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
