// LU, a pseudo-application: the compressible Navier-Stokes equations by SSOR.
#include "bench/npb/cfd/norms.h"
#include "bench/npb/common/program.h"
#include "bench/npb/lu/problem.h"
#include "bench/npb/lu/ssor.h"

namespace {

using namespace ucx_crypto::npb;

/// Floating point operations as NPB counts them.
double operations(const LuProblem& problem) {
    const double n = problem.n;
    return problem.iterations * (1984.77 * n * n * n - 10923.3 * n * n + 27770.9 * n - 144010.0);
}

/// Each process has at least four points on each axis.
int most_processes(char problem_class) {
    int most = 1;
    for (int each = lu_problem(problem_class).n; each >= 2 * 4; each /= 2) {
        most *= 4;
    }
    return most;
}

void run_lu(char problem_class, World world, Report& report) {
    const LuProblem& problem = lu_problem(problem_class);
    Pencil pencil(problem.n, world);
    Ssor ssor(pencil, problem.time_step);
    ssor.start();
    ssor.step();  // untimed: pages and connections are there
    ssor.start();

    const Stopwatch watch;
    for (int iteration = 0; iteration < problem.iterations; ++iteration) {
        ssor.step();
    }
    const State residuals = ssor.residual_norms();
    report.seconds = watch.seconds();

    report.size = grid_size(problem.n, problem.n, problem.n);
    report.iterations = problem.iterations;
    report.operations = operations(problem);
    compare(report.verification, "norm of residual", problem.residuals, residuals);
    compare(report.verification, "norm of error", problem.errors, ssor.error_norms());
    report.verification.compare("surface integral", problem.surface, ssor.surface_integral(),
                                kTolerance);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv,
               {.name = "LU",
                .usage = {.program = "npb_lu", .title = "Lower-Upper Gauss-Seidel"},
                .most_processes = most_processes,
                .run = run_lu});
}
