#include "bench/npb/cfd/flow.h"

#include "bench/npb/cfd/constants.h"
#include "bench/npb/cfd/exact.h"

namespace ucx_crypto::npb {
namespace {

/// Factors of one axis; h is the distance of its points.
struct AxisFactors {
    AxisFactors(int axis, int n)
        : dissipation(kDissipation[axis] * (n - 1.0) * (n - 1.0)),
          convection((n - 1.0) / 2),
          shear(kC3C4 * (n - 1.0) * (n - 1.0)),
          normal(shear * kFourThirds),
          kinetic(shear * (1 - kC1C5)),
          normal_square(shear / 6),
          heat(shear * kC1C5) {}

    double dissipation;    ///< d / h^2
    double convection;     ///< 1 / 2h
    double shear;          ///< of velocities across the axis
    double normal;         ///< of the velocity along it
    double kinetic;        ///< of the kinetic energy
    double normal_square;  ///< of the square of the velocity along it
    double heat;           ///< of the energy per density
};

template <int axis>
void add_point(const AxisFactors& f, const double* u, const double* derived, std::ptrdiff_t stride,
               double* r) {
    const double* const up = u + stride * kComponents;
    const double* const um = u - stride * kComponents;
    const double* const dp = derived + stride * kDerived;
    const double* const dm = derived - stride * kDerived;
    const auto second = [](double plus, double here, double minus) {
        return plus - 2 * here + minus;
    };
    const double vp = dp[kVelocity + axis];
    const double v = derived[kVelocity + axis];
    const double vm = dm[kVelocity + axis];

    r[0] +=
        f.dissipation * second(up[0], u[0], um[0]) - f.convection * (up[1 + axis] - um[1 + axis]);
    for (int m = 0; m < 3; ++m) {
        const double pressure =
            m == axis ? ((up[4] - dp[kDynamic]) - (um[4] - dm[kDynamic])) * kC2 : 0.0;
        r[1 + m] += f.dissipation * second(up[1 + m], u[1 + m], um[1 + m]) +
                    (m == axis ? f.normal : f.shear) *
                        second(dp[kVelocity + m], derived[kVelocity + m], dm[kVelocity + m]) -
                    f.convection * (up[1 + m] * vp - um[1 + m] * vm + pressure);
    }
    r[4] += f.dissipation * second(up[4], u[4], um[4]) +
            f.kinetic * second(dp[kKinetic], derived[kKinetic], dm[kKinetic]) +
            f.normal_square * second(vp * vp, v * v, vm * vm) +
            f.heat * second(up[4] * dp[kInverseDensity], u[4] * derived[kInverseDensity],
                            um[4] * dm[kInverseDensity]) -
            f.convection *
                ((kC1 * up[4] - kC2 * dp[kDynamic]) * vp - (kC1 * um[4] - kC2 * dm[kDynamic]) * vm);
}

void dissipate_point(const std::array<double, 5>& weights, const double* u, std::ptrdiff_t stride,
                     double* r) {
    const std::ptrdiff_t step = stride * kComponents;
    for (int m = 0; m < kComponents; ++m) {
        r[m] -= kFourthDissipation *
                (weights[0] * u[m - 2 * step] + weights[1] * u[m - step] + weights[2] * u[m] +
                 weights[3] * u[m + step] + weights[4] * u[m + 2 * step]);
    }
}

template <int axis>
void add_axis(const Block& block, const Values& u, const Values& derived, Values& r) {
    const AxisFactors factors(axis, block.n);
    const std::ptrdiff_t stride = block.stride(axis);
    std::vector<std::array<double, 5>> weights;
    weights.reserve(static_cast<std::size_t>(block.count[axis]));
    for (int i = 0; i < block.count[axis]; ++i) {
        weights.push_back(fourth_difference(block.first[axis] + i, block.n));
    }
    block.for_each_interior([&](int x, int y, int z, std::ptrdiff_t point) {
        const int index = axis == 0 ? x : axis == 1 ? y : z;
        add_point<axis>(factors, u.at(point), derived.at(point), stride, r.at(point));
        dissipate_point(weights[index], u.at(point), stride, r.at(point));
    });
}

}  // namespace

std::array<double, 5> fourth_difference(int index, int n) {
    if (index == 1) {
        return {0, 0, 5, -4, 1};
    }
    if (index == 2) {
        return {0, -4, 6, -4, 1};
    }
    if (index == n - 3) {
        return {1, -4, 6, -4, 0};
    }
    if (index == n - 2) {
        return {1, -4, 5, 0, 0};
    }
    return {1, -4, 6, -4, 1};
}

void derive(const Block& block, const Values& u, Values& derived) {
    block.for_each({-1, -1, -1}, {block.count[0] + 1, block.count[1] + 1, block.count[2] + 1},
                   [&](int, int, int, std::ptrdiff_t point) {
                       const double* const state = u.at(point);
                       double* const here = derived.at(point);
                       const double inverse = 1 / state[0];
                       here[kInverseDensity] = inverse;
                       here[kVelocity] = state[1] * inverse;
                       here[kVelocity + 1] = state[2] * inverse;
                       here[kVelocity + 2] = state[3] * inverse;
                       here[kDynamic] =
                           0.5 * inverse *
                           (state[1] * state[1] + state[2] * state[2] + state[3] * state[3]);
                       here[kKinetic] = here[kDynamic] * inverse;
                   });
}

void add_flow(const Block& block, const Values& u, const Values& derived, Values& r) {
    add_axis<0>(block, u, derived, r);
    add_axis<1>(block, u, derived, r);
    add_axis<2>(block, u, derived, r);
}

Values make_forcing(const Block& block) {
    Values exact(block, kComponents, 1);
    Values derived(block, kDerived);
    Values forcing(block);
    set_exact(block, exact);
    derive(block, exact, derived);
    add_flow(block, exact, derived, forcing);
    block.for_each_point([&](int, int, int, std::ptrdiff_t point) {
        for (int m = 0; m < kComponents; ++m) {
            forcing.at(point)[m] = -forcing.at(point)[m];
        }
    });
    return forcing;
}

}  // namespace ucx_crypto::npb
