#pragma once

#include "bench/npb/cfd/exact.h"
#include "bench/npb/cfd/flow.h"
#include "bench/npb/cfd/jacobian.h"
#include "bench/npb/lu/pencil.h"

namespace ucx_crypto::npb {

/// Symmetric successive over-relaxation in pseudo-time: a lower triangular system is solved by a
/// wavefront from the grid's first corner to its last, an upper one by a wavefront back.
class Ssor {
  public:
    Ssor(Pencil& pencil, double time_step);

    /// Starts over from the initial values, with their residual. Collective.
    void start();
    /// One step in time; the residual is that of the new values. Collective.
    void step();

    /// Collective.
    [[nodiscard]] State residual_norms() const;
    [[nodiscard]] State error_norms() const;
    /// The surface integral of the pressure by which the specification verifies. Collective.
    [[nodiscard]] double surface_integral() const;

  private:
    void find_residual();
    void solve_lower(int z);
    void solve_upper(int z);
    void set_diagonal(const double* u, Matrix& matrix) const;

    Pencil& pencil_;
    const Block& block_;
    double time_step_;
    double convection_;  ///< time step / 2 h
    double diffusion_;   ///< time step / h^2
    Values forcing_, u_, derived_, residual_;
};

}  // namespace ucx_crypto::npb
