// Latency of MPI_Alltoall; the size is that of the block between each two ranks.
#include "bench/osu/common/exchange.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark =
    exchange_benchmark("osu_alltoall", "All-to-All Personalized Exchange Latency Test");

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
