// Latency of MPI_Gather to rank 0; the size is that of each rank's block.
#include "bench/osu/common/exchange.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = exchange_benchmark("osu_gather", "Gather Latency Test");

void measure(Session& session) {
    const bool root = session.rank() == 0;
    run_exchange(session,
                 {.sent = {static_cast<std::uint64_t>(session.rank())},
                  .received = root ? streams_of_ranks(session) : std::vector<std::uint64_t>{},
                  .operate = [&](void* outgoing, void* incoming, int size) {
                      MPI_Gather(outgoing, size, MPI_CHAR, incoming, size, MPI_CHAR, 0,
                                 MPI_COMM_WORLD);
                  }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
