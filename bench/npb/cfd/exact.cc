#include "bench/npb/cfd/exact.h"

namespace ucx_crypto::npb {
namespace {

/// One component's coefficients: constant, then x, y, z, then their squares, cubes, fourth powers.
constexpr double kCoefficients[kComponents][13] = {
    {2.0, 0.0, 0.0, 4.0, 5.0, 3.0, 0.5, 0.02, 0.01, 0.03, 0.5, 0.4, 0.3},
    {1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 0.01, 0.03, 0.02, 0.4, 0.3, 0.5},
    {2.0, 2.0, 0.0, 0.0, 0.0, 2.0, 3.0, 0.04, 0.03, 0.05, 0.3, 0.5, 0.4},
    {2.0, 2.0, 0.0, 0.0, 0.0, 2.0, 3.0, 0.03, 0.05, 0.04, 0.2, 0.1, 0.3},
    {5.0, 4.0, 3.0, 2.0, 0.1, 0.4, 0.3, 0.05, 0.04, 0.03, 0.1, 0.3, 0.2},
};

double coordinate(const Block& block, int axis, int index) {
    return static_cast<double>(block.first[axis] + index) / (block.n - 1);
}

bool on_boundary(const Block& block, int axis, int index) {
    const int whole = block.first[axis] + index;
    return whole == 0 || whole == block.n - 1;
}

State interpolated(double x, double y, double z) {
    const State west = exact_solution(0, y, z);
    const State east = exact_solution(1, y, z);
    const State south = exact_solution(x, 0, z);
    const State north = exact_solution(x, 1, z);
    const State bottom = exact_solution(x, y, 0);
    const State top = exact_solution(x, y, 1);
    State result{};
    for (std::size_t m = 0; m < result.size(); ++m) {
        const double in_x = x * east[m] + (1 - x) * west[m];
        const double in_y = y * north[m] + (1 - y) * south[m];
        const double in_z = z * top[m] + (1 - z) * bottom[m];
        result[m] =
            in_x + in_y + in_z - in_x * in_y - in_x * in_z - in_y * in_z + in_x * in_y * in_z;
    }
    return result;
}

}  // namespace

State exact_solution(double x, double y, double z) {
    State result{};
    for (std::size_t m = 0; m < result.size(); ++m) {
        const double* const c = kCoefficients[m];
        result[m] = c[0] + x * (c[1] + x * (c[4] + x * (c[7] + x * c[10]))) +
                    y * (c[2] + y * (c[5] + y * (c[8] + y * c[11]))) +
                    z * (c[3] + z * (c[6] + z * (c[9] + z * c[12])));
    }
    return result;
}

void set_exact(const Block& block, Values& u) {
    std::array<int, 3> begin{};
    std::array<int, 3> end{};
    for (int axis = 0; axis < 3; ++axis) {
        begin[axis] = std::max(-kGhosts, -block.first[axis]);
        end[axis] = std::min(block.count[axis] + kGhosts, block.n - block.first[axis]);
    }
    block.for_each(begin, end, [&](int x, int y, int z, std::ptrdiff_t point) {
        const State state = exact_solution(coordinate(block, 0, x), coordinate(block, 1, y),
                                           coordinate(block, 2, z));
        std::copy(state.begin(), state.end(), u.at(point));
    });
}

void set_initial(const Block& block, Values& u) {
    block.for_each_point([&](int x, int y, int z, std::ptrdiff_t point) {
        const bool boundary =
            on_boundary(block, 0, x) || on_boundary(block, 1, y) || on_boundary(block, 2, z);
        const State state = (boundary ? exact_solution : interpolated)(
            coordinate(block, 0, x), coordinate(block, 1, y), coordinate(block, 2, z));
        std::copy(state.begin(), state.end(), u.at(point));
    });
}

}  // namespace ucx_crypto::npb
