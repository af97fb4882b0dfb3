// Latency of MPI_Alltoall; the size is that of the block between each two ranks.
#include "bench/osu/common/exchange.h"

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
    run_exchange(session, {.sent = streams_to_ranks(session, session.rank()),
                           .received = streams_from_ranks(session),
                           .operate = [&](void* outgoing, void* incoming, int size) {
                               MPI_Alltoall(outgoing, size, MPI_CHAR, incoming, size, MPI_CHAR,
                                            MPI_COMM_WORLD);
                           }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
