#pragma once

#include <vector>

#include "bench/npb/mg/exchange.h"
#include "bench/npb/mg/stencils.h"

namespace ucx_crypto::npb {

/// The V-cycle multigrid solver of A u = v on a grid of 2^log2 points on each axis.
class Multigrid {
  public:
    Multigrid(const Arrangement& arrangement, int log2, const Weights& smoother);

    /// Starts over: u = 0, v as the specification sets it, and the residual of these. Collective.
    void start();
    /// The residual of u. Collective.
    void find_residual();
    /// Improves u by one V-cycle on its residual. Collective.
    void cycle();
    /// The root of the mean square of the residual. Collective.
    [[nodiscard]] double residual_norm() const;

  private:
    void coarsen(int level);
    void refine(int level);
    void smooth_on(int level);

    [[nodiscard]] int top() const { return static_cast<int>(levels_.size()) - 1; }

    int log2_;
    Weights smoother_;
    Exchange exchange_;
    std::vector<Level> levels_;  ///< of 2, 4, ... points on each axis
    std::vector<Field> u_, r_;
    Field v_;
};

}  // namespace ucx_crypto::npb
