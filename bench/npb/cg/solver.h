#pragma once

#include <vector>

#include "bench/npb/cg/matrix.h"
#include "bench/npb/cg/process_grid.h"

namespace ucx_crypto::npb {

/// Conjugate gradients on one process's block; vectors are this process's parts.
class Solver {
  public:
    Solver(const SparseBlock& block, ProcessGrid& grid);

    /// Approximates z in A z = x with the specification's 25 steps and returns |x - A z|.
    /// Collective.
    double solve(const std::vector<double>& x, std::vector<double>& z);

    /// The product of two vectors over all processes. Collective.
    [[nodiscard]] double dot(const std::vector<double>& a, const std::vector<double>& b) const;

  private:
    /// q_ = A v
    void multiply(const std::vector<double>& v);

    const SparseBlock& block_;
    ProcessGrid& grid_;
    std::vector<double> partial_, p_, q_, r_;
};

}  // namespace ucx_crypto::npb
