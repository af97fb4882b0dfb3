#pragma once

#include <array>

namespace ucx_crypto::npb {

/// The constants of the pseudo-applications' equations (NPB 1 report, section 3.3).
inline constexpr double kC1 = 1.4;
inline constexpr double kC2 = 0.4;
inline constexpr double kC3C4 = 0.1;
inline constexpr double kC1C5 = 1.4 * 1.4;
inline constexpr double kC1C3C4C5 = kC1C5 * kC3C4;
inline constexpr double kFourThirds = 4.0 / 3.0;
/// Of the second-order dissipation along each axis, the same for all components.
inline constexpr std::array<double, 3> kDissipation = {0.75, 0.75, 1.0};
inline constexpr double kFourthDissipation = 0.25;

}  // namespace ucx_crypto::npb
