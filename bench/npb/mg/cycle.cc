#include "bench/npb/mg/cycle.h"

#include <mpi.h>

#include <cmath>

#include "bench/npb/mg/source.h"

namespace ucx_crypto::npb {
namespace {

constexpr Weights kOperator = {-8.0 / 3.0, 0.0, 1.0 / 6.0, 1.0 / 12.0};

std::vector<Level> make_levels(const Arrangement& arrangement, int log2) {
    std::vector<Level> levels;
    for (int points = 1; points <= log2; ++points) {
        levels.emplace_back(arrangement, points);
    }
    return levels;
}

}  // namespace

Multigrid::Multigrid(const Arrangement& arrangement, int log2, const Weights& smoother)
    : log2_(log2),
      smoother_(smoother),
      exchange_(arrangement),
      levels_(make_levels(arrangement, log2)),
      u_(levels_.begin(), levels_.end()),
      r_(levels_.begin(), levels_.end()),
      v_(levels_.back()) {}

void Multigrid::start() {
    u_[top()].clear();
    set_source(levels_[top()], log2_, v_);
    exchange_.fill(levels_[top()], v_);
}

void Multigrid::find_residual() {
    residual(u_[top()], v_, r_[top()], kOperator);
    exchange_.fill(levels_[top()], r_[top()]);
}

void Multigrid::cycle() {
    for (int level = top(); level > 0; --level) {
        coarsen(level);
    }
    if (levels_[0].active()) {
        u_[0].clear();
        smooth_on(0);
    }
    for (int level = 1; level <= top(); ++level) {
        refine(level);
    }
}

void Multigrid::coarsen(int level) {
    if (levels_[level - 1].active()) {
        restrict_to(levels_[level], r_[level], levels_[level - 1], r_[level - 1]);
        exchange_.fill(levels_[level - 1], r_[level - 1]);
    }
}

void Multigrid::refine(int level) {
    if (!levels_[level].active()) {
        return;
    }
    if (!levels_[level - 1].everywhere()) {
        exchange_.fill_between(levels_[level - 1], levels_[level], u_[level - 1]);
    }
    if (level < top()) {
        u_[level].clear();
    }
    interpolate_from(levels_[level - 1], u_[level - 1], levels_[level], u_[level]);
    residual(u_[level], level < top() ? r_[level] : v_, r_[level], kOperator);
    exchange_.fill(levels_[level], r_[level]);
    smooth_on(level);
}

void Multigrid::smooth_on(int level) {
    smooth(r_[level], u_[level], smoother_);
    exchange_.fill(levels_[level], u_[level]);
}

double Multigrid::residual_norm() const {
    double sum = sum_of_squares(r_[top()]);
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return std::sqrt(std::ldexp(sum, -3 * log2_));
}

}  // namespace ucx_crypto::npb
