#pragma once

#include <array>

#include "bench/npb/mg/level.h"

namespace ucx_crypto::npb {

/// The weights of a stencil on 27 points, by how many axes a neighbour differs in: 0 to 3.
using Weights = std::array<double, 4>;

/// The operators of the specification (NPB 1 report, section 2.4) on one process's points; the
/// ghosts of what they read are filled, those of what they write are not, unless it says so.

/// r = v - A u; `v` and `r` may be the same. The weight of neighbours on one axis is zero.
void residual(const Field& u, const Field& v, Field& r, const Weights& a);

/// u = u + S r. The weight of neighbours on all three axes is zero.
void smooth(const Field& r, Field& u, const Weights& c);

/// coarse = P fine: full weighting. Coarse point j lies on the fine point 2 j + 1.
void restrict_to(const Level& fine_level, const Field& fine, const Level& coarse_level,
                 Field& coarse);

/// fine = fine + Q coarse: trilinear, ghosts of `fine` included.
void interpolate_from(const Level& coarse_level, const Field& coarse, const Level& fine_level,
                      Field& fine);

/// The sum of the squares of the points.
[[nodiscard]] double sum_of_squares(const Field& field);

}  // namespace ucx_crypto::npb
