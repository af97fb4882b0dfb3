#include "bench/npb/lu/ssor.h"

#include "bench/npb/cfd/norms.h"

namespace ucx_crypto::npb {
namespace {

constexpr double kOmega = 1.2;  // of the over-relaxation

}  // namespace

Ssor::Ssor(Pencil& pencil, double time_step)
    : pencil_(pencil),
      block_(pencil.block()),
      time_step_(time_step),
      convection_(time_step * (block_.n - 1) / 2.0),
      diffusion_(time_step * (block_.n - 1) * (block_.n - 1)),
      forcing_(make_forcing(block_)),
      u_(block_, kComponents, 1),
      derived_(block_, kDerived),
      residual_(block_) {}

void Ssor::start() {
    set_initial(block_, u_);
    find_residual();
}

void Ssor::find_residual() {
    pencil_.exchange(u_);
    derive(block_, u_, derived_);
    residual_ = forcing_;
    add_flow(block_, u_, derived_, residual_);
}

void Ssor::step() {
    block_.for_each_interior([this](int, int, int, std::ptrdiff_t point) {
        for (int m = 0; m < kComponents; ++m) {
            residual_.at(point)[m] *= time_step_;
        }
    });
    for (int z = 1; z + 1 < block_.n; ++z) {
        pencil_.receive_before(z, residual_);
        solve_lower(z);
        pencil_.send_behind(z, residual_);
    }
    for (int z = block_.n - 2; z > 0; --z) {
        pencil_.receive_behind(z, residual_);
        solve_upper(z);
        pencil_.send_before(z, residual_);
    }
    constexpr double kScale = 1 / (kOmega * (2 - kOmega));
    block_.for_each_interior([this](int, int, int, std::ptrdiff_t point) {
        for (int m = 0; m < kComponents; ++m) {
            u_.at(point)[m] += kScale * residual_.at(point)[m];
        }
    });
    find_residual();
}

/// The diagonal block of the implicit system.
void Ssor::set_diagonal(const double* u, Matrix& matrix) const {
    const double inverse = 1 / u[0];
    const double factor = 2 * diffusion_;
    const double heat = 3 * kC1C3C4C5;
    constexpr double kDissipations = kDissipation[0] + kDissipation[1] + kDissipation[2];
    // Along its own axis a velocity has 4/3 of the friction that it has along the other two.
    constexpr double kFriction = (kFourThirds + 2) * kC3C4;
    matrix = {};
    double(*const d)[5] = matrix.at;
    d[0][0] = 1 + factor * kDissipations;
    double by_density = -heat * u[4] * inverse;
    for (int m = 1; m <= 3; ++m) {
        const double v = u[m] * inverse;
        d[m][0] = -factor * kFriction * v * inverse;
        d[m][m] = 1 + factor * (kFriction * inverse + kDissipations);
        d[4][m] = factor * (kFriction - heat) * v * inverse;
        by_density -= (kFriction - heat) * v * v;
    }
    d[4][0] = factor * by_density * inverse;
    d[4][4] = 1 + factor * (heat * inverse + kDissipations);
}

void Ssor::solve_lower(int z) {
    const std::ptrdiff_t step_y = block_.stride(1);
    const std::ptrdiff_t step_z = block_.stride(2);
    Matrix matrix;
    for (int y = block_.interior_begin(1); y < block_.interior_end(1); ++y) {
        for (int x = block_.interior_begin(0); x < block_.interior_end(0); ++x) {
            const std::ptrdiff_t point = block_.point(x, y, z);
            double* const v = residual_.at(point);
            set_jacobian<2>(u_.at(point - step_z), -convection_, -diffusion_, matrix);
            subtract_product(matrix, residual_.at(point - step_z), kOmega, v);
            set_jacobian<1>(u_.at(point - step_y), -convection_, -diffusion_, matrix);
            subtract_product(matrix, residual_.at(point - step_y), kOmega, v);
            set_jacobian<0>(u_.at(point - 1), -convection_, -diffusion_, matrix);
            subtract_product(matrix, residual_.at(point - 1), kOmega, v);
            set_diagonal(u_.at(point), matrix);
            solve(matrix, v);
        }
    }
}

void Ssor::solve_upper(int z) {
    const std::ptrdiff_t step_y = block_.stride(1);
    const std::ptrdiff_t step_z = block_.stride(2);
    Matrix matrix;
    for (int y = block_.interior_end(1) - 1; y >= block_.interior_begin(1); --y) {
        for (int x = block_.interior_end(0) - 1; x >= block_.interior_begin(0); --x) {
            const std::ptrdiff_t point = block_.point(x, y, z);
            State change{};
            set_jacobian<2>(u_.at(point + step_z), convection_, -diffusion_, matrix);
            subtract_product(matrix, residual_.at(point + step_z), -kOmega, change.data());
            set_jacobian<1>(u_.at(point + step_y), convection_, -diffusion_, matrix);
            subtract_product(matrix, residual_.at(point + step_y), -kOmega, change.data());
            set_jacobian<0>(u_.at(point + 1), convection_, -diffusion_, matrix);
            subtract_product(matrix, residual_.at(point + 1), -kOmega, change.data());
            set_diagonal(u_.at(point), matrix);
            solve(matrix, change.data());
            for (int m = 0; m < kComponents; ++m) {
                residual_.at(point)[m] -= change[m];
            }
        }
    }
}

State Ssor::residual_norms() const {
    State sums{};
    add_squares(block_, residual_, sums);
    return root_mean(sums, block_.n);
}

State Ssor::error_norms() const {
    State sums{};
    add_squares_of_error(block_, u_, sums);
    return root_mean(sums, block_.n);
}

double Ssor::surface_integral() const {
    // The box whose surface is meant, in indices of the whole grid, both ends included. Each face
    // is integrated by the trapezoidal rule: a point counts by the cells that meet in it.
    const std::array<int, 3> low = {1, 1, 2};
    const std::array<int, 3> high = {block_.n - 2, block_.n - 3, block_.n - 2};
    double sum = 0;
    block_.for_each_point([&](int x, int y, int z, std::ptrdiff_t point) {
        const std::array<int, 3> whole = {block_.first[0] + x, block_.first[1] + y, z};
        std::array<int, 3> weight{};  // 0: outside
        for (int axis = 0; axis < 3; ++axis) {
            const bool end = whole[axis] == low[axis] || whole[axis] == high[axis];
            const bool inside = whole[axis] > low[axis] && whole[axis] < high[axis];
            weight[axis] = end ? 1 : inside ? 2 : 0;
        }
        int times = 0;
        for (int axis = 0; axis < 3; ++axis) {
            if (weight[axis] == 1) {  // on one of the faces across this axis
                times += weight[(axis + 1) % 3] * weight[(axis + 2) % 3];
            }
        }
        if (times != 0) {
            const double* const u = u_.at(point);
            sum += times * kC2 * (u[4] - 0.5 * (u[1] * u[1] + u[2] * u[2] + u[3] * u[3]) / u[0]);
        }
    });
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return 0.25 * sum / ((block_.n - 1.0) * (block_.n - 1.0));
}

}  // namespace ucx_crypto::npb
