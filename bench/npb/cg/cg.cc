// CG, conjugate gradient: the smallest eigenvalue of a sparse matrix by inverse power iteration.
#include <array>
#include <cmath>

#include "bench/npb/cg/solver.h"
#include "bench/npb/common/program.h"

namespace {

using namespace ucx_crypto::npb;

constexpr double kTolerance = 1e-10;

struct Problem {
    char problem_class;
    int n;
    int nonzeros;
    int iterations;
    double shift;
    double zeta;
};

constexpr std::array kProblems = {
    Problem{'S', 1400, 7, 15, 10, 8.5971775078648},
    Problem{'W', 7000, 8, 15, 12, 10.362595087124},
    Problem{'A', 14000, 11, 15, 20, 17.130235054029},
    Problem{'B', 75000, 13, 75, 60, 22.712745482631},
    Problem{'C', 150000, 15, 75, 110, 28.973605592845},
};

/// Floating point operations as NPB counts them.
double operations(const Problem& problem) {
    const double row = problem.nonzeros * (problem.nonzeros + 1.0);
    return 2.0 * problem.iterations * problem.n * (3 + row + 25 * (5 + row) + 3);
}

int most_processes(char problem_class) {
    return problem_class == 'S' || problem_class == 'W' ? 64 : 1024;
}

void run_cg(char problem_class, World world, Report& report) {
    const Problem& problem = problem_of(kProblems, problem_class);
    ProcessGrid grid(problem.n, world);
    const SparseBlock block =
        make_block(problem.n, problem.nonzeros, problem.shift, grid.rows(), grid.columns());
    Solver solver(block, grid);
    std::vector<double> x(static_cast<std::size_t>(grid.columns().size()), 1.0);
    std::vector<double> z(x.size());

    double zeta = 0;
    const auto iterate = [&] {
        solver.solve(x, z);
        zeta = problem.shift + 1 / solver.dot(x, z);
        const double scale = 1 / std::sqrt(solver.dot(z, z));
        for (std::size_t i = 0; i < x.size(); ++i) {
            x[i] = scale * z[i];
        }
    };
    iterate();  // untimed: pages and connections are there
    std::fill(x.begin(), x.end(), 1.0);

    const Stopwatch watch;
    for (int iteration = 0; iteration < problem.iterations; ++iteration) {
        iterate();
    }
    report.seconds = watch.seconds();

    report.size = std::to_string(problem.n);
    report.iterations = problem.iterations;
    report.operations = operations(problem);
    report.verification.compare("zeta", problem.zeta, zeta, kTolerance);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv,
               {.name = "CG",
                .usage = {.program = "npb_cg", .title = "Conjugate Gradient"},
                .most_processes = most_processes,
                .run = run_cg});
}
