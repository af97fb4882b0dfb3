// Latency of MPI_Scatter from rank 0; the size is that of each rank's block.
#include "bench/osu/common/exchange.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = exchange_benchmark("osu_scatter", "Scatter Latency Test");

void measure(Session& session) {
    const bool root = session.rank() == 0;
    run_exchange(session,
                 {.sent = root ? streams_to_ranks(session, 0) : std::vector<std::uint64_t>{},
                  .received = {static_cast<std::uint64_t>(session.rank())},
                  .operate = [&](void* outgoing, void* incoming, int size) {
                      MPI_Scatter(outgoing, size, MPI_CHAR, incoming, size, MPI_CHAR, 0,
                                  MPI_COMM_WORLD);
                  }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
