// Latency of MPI_Bcast from rank 0.
#include "bench/osu/common/exchange.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = exchange_benchmark("osu_bcast", "Broadcast Latency Test");

void measure(Session& session) {
    const bool root = session.rank() == 0;
    run_exchange(session,
                 {.sent = root ? std::vector<std::uint64_t>{0} : std::vector<std::uint64_t>{},
                  .received = root ? std::vector<std::uint64_t>{} : std::vector<std::uint64_t>{0},
                  .operate = [&](void* outgoing, void* incoming, int size) {
                      MPI_Bcast(root ? outgoing : incoming, size, MPI_CHAR, 0, MPI_COMM_WORLD);
                  }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
