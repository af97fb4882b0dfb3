#pragma once

#include "bench/npb/mg/level.h"

namespace ucx_crypto::npb {

/// The right-hand side of the specification on a grid of 2^log2 points on each axis: all points get
/// random numbers; v is 1 where the ten largest are, -1 where the ten smallest are, and 0
/// elsewhere. Ghosts are left at zero. Collective.
void set_source(const Level& level, int log2, Field& v);

}  // namespace ucx_crypto::npb
