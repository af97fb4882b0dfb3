#pragma once

#include <array>

#include "bench/npb/cfd/block.h"

namespace ucx_crypto::npb {

using State = std::array<double, kComponents>;

/// The exact solution at coordinates in [0, 1] (NPB 1 report, section 3.3.1).
[[nodiscard]] State exact_solution(double x, double y, double z);

/// The exact solution at all points of `block`, ghosts included where the grid goes on.
void set_exact(const Block& block, Values& u);

/// The initial values of the specification: exact on the boundary of the grid, inside a transfinite
/// interpolation between the boundary's values.
void set_initial(const Block& block, Values& u);

}  // namespace ucx_crypto::npb
