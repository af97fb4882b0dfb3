#pragma once

#include "bench/npb/cfd/block.h"

namespace ucx_crypto::npb {

/// What is derived from the state at a point; this is the order in Values of kDerived numbers.
enum Derived : int { kVelocity, kKinetic = 3, kDynamic, kInverseDensity, kDerived };
// kVelocity: three of them. kKinetic: half of the velocity's square. kDynamic: that times density.

/// Derives from `u` at all points and the ghosts next to them.
void derive(const Block& block, const Values& u, Values& derived);

/// Adds to `r`, at the interior points, what the discrete equations say the change of `u` in time
/// is without its forcing: convection, viscosity, heat, and dissipation of second and fourth order.
/// Needs the ghosts of `u` where the grid goes on, and derive().
void add_flow(const Block& block, const Values& u, const Values& derived, Values& r);

/// The weights of the fourth difference on an axis, from two points below to two above the point at
/// `index` of `n`: one-sided next to the boundary.
[[nodiscard]] std::array<double, 5> fourth_difference(int index, int n);

/// The forcing by which the exact solution is one: the negative of the flow it has.
[[nodiscard]] Values make_forcing(const Block& block);

}  // namespace ucx_crypto::npb
