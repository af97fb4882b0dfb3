// IS, integer sort: ranks keys ten times over, and sorts them once by the last ranking to verify.
#include "bench/npb/is/ranking.h"

namespace {

using namespace ucx_crypto::npb;

/// So that no bucket has more keys than one process's share (the middle one has 2/3 of
/// 4 / buckets of them): every process gets some.
int most_processes(char problem_class) {
    return (1 << key_problem(problem_class).buckets_log2) / 4;
}

void run_is(char problem_class, World world, Report& report) {
    const KeyProblem& problem = key_problem(problem_class);
    Ranking ranking(problem, world);
    ranking.rank_keys(1);  // untimed: pages and connections are there
    ranking.forget_tests();

    const Stopwatch watch;
    for (int iteration = 1; iteration <= kIterations; ++iteration) {
        ranking.rank_keys(iteration);
    }
    report.seconds = watch.seconds();

    std::array<int, 3> sums = {ranking.tests_passed(), ranking.count_disorder(),
                               ranking.received()};
    MPI_Allreduce(MPI_IN_PLACE, sums.data(), static_cast<int>(sums.size()), MPI_INT, MPI_SUM,
                  MPI_COMM_WORLD);
    const int keys = 1 << problem.keys_log2;
    report.size = std::to_string(keys);
    report.iterations = kIterations;
    report.operations = static_cast<double>(kIterations) * keys;
    report.operation_type = "keys ranked";
    report.verification.compare("right partial ranks", kTests * kIterations, sums[0], 0);
    report.verification.compare("keys out of order", 0, sums[1], 0);
    report.verification.compare("keys", keys, sums[2], 0);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv,
               {.name = "IS",
                .usage = {.program = "npb_is", .title = "Integer Sort"},
                .most_processes = most_processes,
                .run = run_is});
}
