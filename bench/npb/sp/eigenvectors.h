#pragma once

#include <cmath>

#include "bench/npb/cfd/constants.h"
#include "bench/npb/cfd/flow.h"

namespace ucx_crypto::npb {

/// The changes of variables between the eigenvectors of the three axes' convective Jacobians, at
/// one point with speed of sound c: r, in components of the state, becomes one in eigenvectors
/// along x; after the lines along an axis it becomes one along the next axis, and after those along
/// z again one in components.

inline constexpr double kRootHalf = 0.70710678118654752440;

inline void to_first_eigenvectors(const double* derived, double c, double* r) {
    const double* const v = derived + kVelocity;
    const double inverse = derived[kInverseDensity];
    const double entropy =
        kC2 / (c * c) * (derived[kKinetic] * r[0] - v[0] * r[1] - v[1] * r[2] - v[2] * r[3] + r[4]);
    const double normal = kRootHalf * inverse * (v[0] * r[0] - r[1]);
    const double sound = kRootHalf * inverse * c * entropy;
    const double across_y = inverse * (v[1] * r[0] - r[2]);
    const double across_z = inverse * (v[2] * r[0] - r[3]);
    r[0] -= entropy;
    r[1] = -across_z;
    r[2] = across_y;
    r[3] = sound - normal;
    r[4] = sound + normal;
}

template <int axis>
inline void to_next_eigenvectors(const double* u, const double* derived, double c, double* r) {
    const double sum = 0.5 * (r[3] + r[4]);
    const double difference = kRootHalf * (r[3] - r[4]);
    if constexpr (axis == 0) {
        const double turned = kRootHalf * r[2];
        const double first = r[0];
        r[0] = -r[1];
        r[1] = first;
        r[2] = difference;
        r[3] = sum - turned;
        r[4] = sum + turned;
    } else if constexpr (axis == 1) {
        const double turned = kRootHalf * r[0];
        const double second = r[1];
        r[0] = difference;
        r[1] = -r[2];
        r[2] = second;
        r[3] = sum - turned;
        r[4] = sum + turned;
    } else {
        const double* const v = derived + kVelocity;
        const double density = u[0];
        const double pressure = kRootHalf * density / c * (r[3] + r[4]);
        const double total = r[2] + pressure;
        const double along = density * difference;
        const double x = -density * r[1];
        const double y = density * r[0];
        r[0] = total;
        r[1] = x + v[0] * total;
        r[2] = y + v[1] * total;
        r[3] = v[2] * total + along;
        r[4] =
            v[0] * x + v[1] * y + derived[kKinetic] * total + c * c / kC2 * pressure + v[2] * along;
    }
}

}  // namespace ucx_crypto::npb
