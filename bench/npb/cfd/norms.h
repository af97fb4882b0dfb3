#pragma once

#include "bench/npb/cfd/exact.h"
#include "bench/npb/common/verification.h"

namespace ucx_crypto::npb {

/// Adds to `sums`, by component, the squares of `r` at the interior points.
void add_squares(const Block& block, const Values& r, State& sums);

/// Likewise of what `u` differs from the exact solution by.
void add_squares_of_error(const Block& block, const Values& u, State& sums);

/// The roots of the means of `sums` over all processes' interior points. Collective.
[[nodiscard]] State root_mean(const State& sums, int n);

/// Compares by component, with the official tolerance of the pseudo-applications.
void compare(Verification& verification, const char* what, const State& expected,
             const State& found);
inline constexpr double kTolerance = 1e-8;

}  // namespace ucx_crypto::npb
