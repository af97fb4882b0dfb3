// MG, multigrid: V-cycles on a periodic Poisson problem.
#include <array>
#include <cmath>

#include "bench/npb/common/program.h"
#include "bench/npb/mg/cycle.h"

namespace {

using namespace ucx_crypto::npb;

constexpr double kTolerance = 1e-8;
constexpr double kOperationsPerPoint = 58;  // as NPB counts them

constexpr Weights kSmallSmoother = {-3.0 / 8.0, 1.0 / 32.0, -1.0 / 64.0, 0.0};
constexpr Weights kLargeSmoother = {-3.0 / 17.0, 1.0 / 33.0, -1.0 / 61.0, 0.0};

struct Problem {
    char problem_class;
    int log2;  ///< of the points on each axis
    int iterations;
    Weights smoother;
    double residual;
};

constexpr std::array kProblems = {
    Problem{'S', 5, 4, kSmallSmoother, 0.5307707005734e-04},
    Problem{'W', 7, 4, kSmallSmoother, 0.6467329375339e-05},
    Problem{'A', 8, 4, kSmallSmoother, 0.2433365309069e-05},
    Problem{'B', 8, 20, kLargeSmoother, 0.1800564401355e-05},
    Problem{'C', 9, 20, kLargeSmoother, 0.5706732285740e-06},
};

/// Each process has at least two points on each axis of the finest level.
int most_processes(char problem_class) {
    return 1 << (3 * (problem_of(kProblems, problem_class).log2 - 1));
}

void run_mg(char problem_class, World world, Report& report) {
    const Problem& problem = problem_of(kProblems, problem_class);
    const Arrangement arrangement(world.size, world.rank);
    Multigrid grid(arrangement, problem.log2, problem.smoother);
    grid.start();
    grid.find_residual();
    grid.cycle();  // untimed: pages and connections are there
    grid.find_residual();
    grid.start();

    const Stopwatch watch;
    grid.find_residual();
    for (int iteration = 0; iteration < problem.iterations; ++iteration) {
        grid.cycle();
        grid.find_residual();
    }
    const double norm = grid.residual_norm();
    report.seconds = watch.seconds();

    const int points = 1 << problem.log2;
    report.size = grid_size(points, points, points);
    report.iterations = problem.iterations;
    report.operations = std::ldexp(kOperationsPerPoint * problem.iterations, 3 * problem.log2);
    report.verification.compare("norm of the residual", problem.residual, norm, kTolerance);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv,
               {.name = "MG",
                .usage = {.program = "npb_mg", .title = "Multigrid"},
                .most_processes = most_processes,
                .run = run_mg});
}
