#include "bench/npb/cg/solver.h"

#include <cmath>

namespace ucx_crypto::npb {
namespace {

constexpr int kSteps = 25;

}  // namespace

Solver::Solver(const SparseBlock& block, ProcessGrid& grid)
    : block_(block),
      grid_(grid),
      partial_(static_cast<std::size_t>(grid.rows().size())),
      p_(static_cast<std::size_t>(grid.columns().size())),
      q_(p_.size()),
      r_(p_.size()) {}

double Solver::dot(const std::vector<double>& a, const std::vector<double>& b) const {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += a[i] * b[i];
    }
    return grid_.row_sum(sum);
}

void Solver::multiply(const std::vector<double>& v) {
    block_.multiply(v, partial_);
    grid_.sum_and_transpose(partial_, q_);
}

double Solver::solve(const std::vector<double>& x, std::vector<double>& z) {
    std::fill(z.begin(), z.end(), 0.0);
    r_ = x;
    p_ = x;
    double rho = dot(r_, r_);
    for (int step = 0; step < kSteps; ++step) {
        multiply(p_);
        const double alpha = rho / dot(p_, q_);
        for (std::size_t i = 0; i < z.size(); ++i) {
            z[i] += alpha * p_[i];
            r_[i] -= alpha * q_[i];
        }
        const double before = rho;
        rho = dot(r_, r_);
        const double beta = rho / before;
        for (std::size_t i = 0; i < p_.size(); ++i) {
            p_[i] = r_[i] + beta * p_[i];
        }
    }
    multiply(z);
    for (std::size_t i = 0; i < q_.size(); ++i) {
        q_[i] = x[i] - q_[i];
    }
    return std::sqrt(dot(q_, q_));
}

}  // namespace ucx_crypto::npb
