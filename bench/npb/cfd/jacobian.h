#pragma once

#include "bench/npb/cfd/constants.h"

namespace ucx_crypto::npb {

/// A dense matrix over the five components: [row][column].
struct Matrix {
    double at[5][5];
};

/// matrix = convective J_F(u) + viscous (J_N(u) + d I), where J_F is the Jacobian of the convective
/// flux along `axis`, J_N that of what viscosity and heat take the second difference of, and d the
/// second-order dissipation of the axis.
template <int axis>
inline void set_jacobian(const double* u, double convective, double viscous, Matrix& matrix) {
    constexpr int kAlong = 1 + axis;
    const double inverse = 1 / u[0];
    const double v[5] = {0, u[1] * inverse, u[2] * inverse, u[3] * inverse, u[4] * inverse};
    const double square = v[1] * v[1] + v[2] * v[2] + v[3] * v[3];
    const double along = v[kAlong];
    double(*const a)[5] = matrix.at;

    for (int column = 0; column < 5; ++column) {
        a[0][column] = 0;
    }
    a[0][0] = viscous * kDissipation[axis];
    a[0][kAlong] = convective;

    double energy_by_density = -kC1C3C4C5 * v[4];
    for (int m = 1; m <= 3; ++m) {
        const double friction = (m == kAlong ? kFourThirds : 1.0) * kC3C4;
        a[m][0] = -convective * v[m] * along - viscous * friction * v[m] * inverse;
        for (int column = 1; column <= 3; ++column) {
            double entry = 0;
            if (column == kAlong) {
                entry += v[m];
            }
            if (column == m) {
                entry += along;
            }
            if (m == kAlong) {
                entry -= kC2 * v[column];
            }
            a[m][column] = convective * entry;
        }
        a[m][m] += viscous * (friction * inverse + kDissipation[axis]);
        a[m][4] = 0;
        a[4][m] =
            -convective * kC2 * v[m] * along + viscous * (friction - kC1C3C4C5) * v[m] * inverse;
        energy_by_density -= (friction - kC1C3C4C5) * v[m] * v[m];
    }
    a[kAlong][0] += convective * kC2 * 0.5 * square;
    a[kAlong][4] = convective * kC2;
    a[4][0] =
        convective * (kC2 * square - kC1 * v[4]) * along + viscous * energy_by_density * inverse;
    a[4][kAlong] += convective * (kC1 * v[4] - kC2 * 0.5 * square);
    a[4][4] = convective * kC1 * along + viscous * (kC1C3C4C5 * inverse + kDissipation[axis]);
}

/// x = x - factor matrix v
inline void subtract_product(const Matrix& matrix, const double* v, double factor, double* x) {
    for (int row = 0; row < 5; ++row) {
        const double* const a = matrix.at[row];
        x[row] -= factor * (a[0] * v[0] + a[1] * v[1] + a[2] * v[2] + a[3] * v[3] + a[4] * v[4]);
    }
}

/// x = matrix^-1 x by elimination without pivoting, as the matrices here allow; `matrix` is
/// overwritten.
inline void solve(Matrix& matrix, double* x) {
    double(*const a)[5] = matrix.at;
    for (int pivot = 0; pivot < 5; ++pivot) {
        const double inverse = 1 / a[pivot][pivot];
        for (int row = pivot + 1; row < 5; ++row) {
            const double factor = a[row][pivot] * inverse;
            for (int column = pivot + 1; column < 5; ++column) {
                a[row][column] -= factor * a[pivot][column];
            }
            x[row] -= factor * x[pivot];
        }
    }
    for (int row = 4; row >= 0; --row) {
        for (int column = row + 1; column < 5; ++column) {
            x[row] -= a[row][column] * x[column];
        }
        x[row] /= a[row][row];
    }
}

}  // namespace ucx_crypto::npb
