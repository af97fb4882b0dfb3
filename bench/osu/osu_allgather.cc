// Latency of MPI_Allgather; the size is that of each rank's block.
#include "bench/osu/common/exchange.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = exchange_benchmark("osu_allgather", "Allgather Latency Test");

void measure(Session& session) {
    run_exchange(session, {.sent = {static_cast<std::uint64_t>(session.rank())},
                           .received = streams_of_ranks(session),
                           .operate = [&](void* outgoing, void* incoming, int size) {
                               MPI_Allgather(outgoing, size, MPI_CHAR, incoming, size, MPI_CHAR,
                                             MPI_COMM_WORLD);
                           }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
