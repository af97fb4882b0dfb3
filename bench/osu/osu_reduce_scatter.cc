// Latency of MPI_Reduce_scatter, a sum of floats; the size is that of each rank's whole input.
#include <numeric>
#include <vector>

#include "bench/osu/common/collective.h"
#include "bench/osu/common/reduction.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark =
    reduction_benchmark("osu_reduce_scatter", "Reduce_scatter Latency Test");

void measure(Session& session) {
    Reduction reduction(session);
    const int ranks = session.ranks();
    const auto me = static_cast<std::size_t>(session.rank());
    std::vector<int> counts(static_cast<std::size_t>(ranks));
    // The first ranks get one element more where they do not divide evenly.
    const auto share = [&](std::size_t size) {
        const int all = Reduction::count(size);
        for (int rank = 0; rank < ranks; ++rank) {
            counts[static_cast<std::size_t>(rank)] = all / ranks + (rank < all % ranks ? 1 : 0);
        }
    };
    run_collective(
        session, {.fill = [&](std::size_t size, int iteration) { reduction.fill(size, iteration); },
                  .operate =
                      [&](std::size_t size) {
                          share(size);
                          MPI_Reduce_scatter(reduction.outgoing(), reduction.incoming(),
                                             counts.data(), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
                      },
                  .check =
                      [&](std::size_t size, int iteration) {
                          share(size);
                          const int first =
                              std::accumulate(counts.begin(), counts.begin() + session.rank(), 0);
                          reduction.check(static_cast<std::size_t>(first),
                                          static_cast<std::size_t>(counts[me]), iteration);
                      }});
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
