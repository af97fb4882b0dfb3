#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>

#include "bench/npb/cfd/jacobian.h"
#include "bench/npb/common/random.h"
#include "bench/npb/ft/fft.h"

using namespace ucx_crypto::npb;

namespace {

constexpr double kState[5] = {1.3, 0.7, -0.4, 0.9, 4.2};

/// The convective flux along `axis` plus what viscosity and heat take the second difference of,
/// each with its factor, and the state with its dissipation.
void flux(int axis, const double* u, double convective, double viscous, double* result) {
    const double v[3] = {u[1] / u[0], u[2] / u[0], u[3] / u[0]};
    const double kinetic = 0.5 * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const double pressure = kC2 * (u[4] - u[0] * kinetic);
    result[0] = convective * u[1 + axis];
    for (int m = 0; m < 3; ++m) {
        result[1 + m] = convective * (u[1 + m] * v[axis] + (m == axis ? pressure : 0)) +
                        viscous * kC3C4 * (m == axis ? kFourThirds : 1) * v[m];
    }
    result[4] =
        convective * (u[4] + pressure) * v[axis] +
        viscous * kC3C4 * ((1 - kC1C5) * kinetic + v[axis] * v[axis] / 6 + kC1C5 * u[4] / u[0]);
    for (int m = 0; m < 5; ++m) {
        result[m] += viscous * kDissipation[axis] * u[m];
    }
}

template <int axis>
double worst_entry() {
    constexpr double kConvective = 0.8;
    constexpr double kViscous = 1.7;
    constexpr double kStep = 1e-6;
    Matrix matrix;
    set_jacobian<axis>(kState, kConvective, kViscous, matrix);
    double worst = 0;
    for (int column = 0; column < 5; ++column) {
        double below[5];
        double above[5];
        double u[5];
        std::copy_n(kState, 5, u);
        u[column] = kState[column] - kStep;
        flux(axis, u, kConvective, kViscous, below);
        u[column] = kState[column] + kStep;
        flux(axis, u, kConvective, kViscous, above);
        for (int row = 0; row < 5; ++row) {
            const double slope = (above[row] - below[row]) / (2 * kStep);
            worst = std::max(worst, std::abs(slope - matrix.at[row][column]));
        }
    }
    return worst;
}

}  // namespace

TEST_CASE("Jacobians are the slopes of the fluxes") {
    CHECK(worst_entry<0>() < 1e-8);
    CHECK(worst_entry<1>() < 1e-8);
    CHECK(worst_entry<2>() < 1e-8);
}

TEST_CASE("a system of five is solved") {
    Matrix matrix;
    set_jacobian<1>(kState, 0.1, 2.0, matrix);
    for (int m = 0; m < 5; ++m) {
        matrix.at[m][m] += 1;
    }
    const Matrix kept = matrix;
    double x[5] = {1, -2, 3, -4, 5};
    solve(matrix, x);
    double rest[5] = {1, -2, 3, -4, 5};
    subtract_product(kept, x, 1, rest);
    for (const double each : rest) {
        CHECK(std::abs(each) < 1e-12);
    }
}

TEST_CASE("Fourier transforms are those of the definition, for lines in either order") {
    constexpr int kSize = 16;
    constexpr int kLines = 20;  // more than are transformed at a time
    Random random(314159265);
    std::vector<Complex> data(static_cast<std::size_t>(kSize) * kLines);
    for (Complex& number : data) {
        number = {random.next(), random.next()};
    }
    for (const bool contiguous : {true, false}) {
        const Lines lines = contiguous ? Lines{.element_stride = 1, .line_stride = kSize}
                                       : Lines{.element_stride = kLines, .line_stride = 1};
        for (const int sign : {1, -1}) {
            std::vector<Complex> transformed = data;
            Fft(kSize).transform(sign, transformed.data(), lines, kLines);
            double worst = 0;
            for (int line = 0; line < kLines; ++line) {
                for (int k = 0; k < kSize; ++k) {
                    Complex sum;
                    for (int j = 0; j < kSize; ++j) {
                        const double angle = sign * 2 * std::numbers::pi * j * k / kSize;
                        sum = sum + data[line * lines.line_stride + j * lines.element_stride] *
                                        Complex{std::cos(angle), std::sin(angle)};
                    }
                    const Complex found =
                        transformed[line * lines.line_stride + k * lines.element_stride];
                    worst =
                        std::max({worst, std::abs(found.re - sum.re), std::abs(found.im - sum.im)});
                }
            }
            CHECK(worst < 1e-13);
        }
    }
}
