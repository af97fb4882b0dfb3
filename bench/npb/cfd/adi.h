#pragma once

#include "bench/npb/cfd/exact.h"
#include "bench/npb/cfd/flow.h"
#include "bench/npb/cfd/multipartition.h"
#include "bench/npb/common/report.h"

namespace ucx_crypto::npb {

/// What BT or SP computes in one class, and its official results.
struct AdiProblem {
    char problem_class;
    int n;  ///< points on each axis
    int iterations;
    double time_step;
    State residuals;
    State errors;
};

/// What the solvers by alternating directions, BT and SP, have in common: a solver approximately
/// factors the implicit system for the change of the state in one step by the three axes.
/// Everything is by cell of the layout, in its order.
class Adi {
  public:
    Adi(const AdiProblem& problem, World world);

    /// Starts over from the initial values.
    void start();
    /// The change that an explicit step would make, the right-hand side of the system. Collective.
    void find_change();
    /// Makes the change that the solver has found.
    void add_change();

    /// Collective; of the residual after find_change().
    [[nodiscard]] State residual_norms() const;
    [[nodiscard]] State error_norms() const;

    [[nodiscard]] double time_step() const { return time_step_; }
    [[nodiscard]] Multipartition& layout() { return layout_; }
    [[nodiscard]] const std::vector<Values>& u() const { return u_; }
    [[nodiscard]] const std::vector<Values>& derived() const { return derived_; }
    [[nodiscard]] std::vector<Values>& change() { return change_; }
    /// Values of `width` at every point of every cell, zero.
    [[nodiscard]] std::vector<Values> make_values(int width) const;

  private:
    double time_step_;
    Multipartition layout_;
    std::vector<Values> forcing_, u_, derived_, change_;
};

/// Each process's cells have at least three points on each axis.
[[nodiscard]] int most_processes(const AdiProblem& problem);

/// Reports the results beside the official ones. Collective.
void report_adi(const AdiProblem& problem, Adi& adi, Report& report);

/// Runs a benchmark whose Solver(Adi&) has step() for one step in time, and reports all but the
/// operations. Collective.
template <typename Solver>
void run_adi(const AdiProblem& problem, World world, Report& report) {
    Adi adi(problem, world);
    Solver solver(adi);
    adi.start();
    solver.step();  // untimed: pages and connections are there
    adi.start();

    const Stopwatch watch;
    for (int iteration = 0; iteration < problem.iterations; ++iteration) {
        solver.step();
    }
    report.seconds = watch.seconds();
    report_adi(problem, adi, report);
}

}  // namespace ucx_crypto::npb
