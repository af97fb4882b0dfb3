#include "bench/npb/bt/blocks.h"

#include "bench/npb/cfd/jacobian.h"
#include "bench/npb/cfd/layers.h"

namespace ucx_crypto::npb {
namespace {

constexpr int kBlock = kComponents * kComponents;

/// matrix = matrix - left right, `right` and the result by rows.
void subtract_product(const Matrix& left, const double* right, Matrix& matrix) {
    for (int row = 0; row < kComponents; ++row) {
        for (int k = 0; k < kComponents; ++k) {
            const double factor = left.at[row][k];
            for (int column = 0; column < kComponents; ++column) {
                matrix.at[row][column] -= factor * right[k * kComponents + column];
            }
        }
    }
}

/// upper = matrix^-1 upper and r = matrix^-1 r, by elimination without pivoting; `matrix` is
/// overwritten.
void solve(Matrix& matrix, double* upper, double* r) {
    double(*const a)[5] = matrix.at;
    for (int pivot = 0; pivot < kComponents; ++pivot) {
        const double inverse = 1 / a[pivot][pivot];
        double* const upper_pivot = upper + static_cast<std::ptrdiff_t>(pivot) * kComponents;
        for (int column = pivot + 1; column < kComponents; ++column) {
            a[pivot][column] *= inverse;
        }
        for (int column = 0; column < kComponents; ++column) {
            upper_pivot[column] *= inverse;
        }
        r[pivot] *= inverse;
        for (int row = 0; row < kComponents; ++row) {
            if (row == pivot) {
                continue;
            }
            const double factor = a[row][pivot];
            double* const upper_row = upper + static_cast<std::ptrdiff_t>(row) * kComponents;
            for (int column = pivot + 1; column < kComponents; ++column) {
                a[row][column] -= factor * a[pivot][column];
            }
            for (int column = 0; column < kComponents; ++column) {
                upper_row[column] -= factor * upper_pivot[column];
            }
            r[row] -= factor * r[pivot];
        }
    }
}

}  // namespace

BlockTridiagonal::BlockTridiagonal(Adi& adi) : adi_(adi), upper_(adi.make_values(kBlock)) {}

void BlockTridiagonal::step() {
    adi_.find_change();
    solve_lines<0>();
    solve_lines<1>();
    solve_lines<2>();
    adi_.add_change();
}

template <int axis>
void BlockTridiagonal::solve_lines() {
    Multipartition& layout = adi_.layout();
    std::vector<Values>& change = adi_.change();
    // The next cell continues from the last row, and back from the first one.
    layout.sweep(
        axis, 1, kBlock + kComponents,
        [&](std::size_t cell, const std::vector<double>& before, std::vector<double>& behind) {
            const Block& block = layout.cells()[cell];
            if (!before.empty()) {
                const Layers ghosts{axis, -1, 1};
                const double* const rest = ghosts.unpack(block, before.data(), upper_[cell]);
                ghosts.unpack(block, rest, change[cell]);
            }
            eliminate<axis>(cell);
            const Layers last{axis, block.count[axis] - 1, 1};
            double* const rest = last.pack(block, upper_[cell], behind.data());
            last.pack(block, change[cell], rest);
        });
    layout.sweep(
        axis, -1, kComponents,
        [&](std::size_t cell, const std::vector<double>& behind, std::vector<double>& before) {
            const Block& block = layout.cells()[cell];
            if (!behind.empty()) {
                const Layers ghosts{axis, block.count[axis], 1};
                ghosts.unpack(block, behind.data(), change[cell]);
            }
            substitute<axis>(cell);
            Layers{axis, 0, 1}.pack(block, change[cell], before.data());
        });
}

/// Brings every row to the form x(i) + C x(i + 1) = r.
template <int axis>
void BlockTridiagonal::eliminate(std::size_t cell) {
    const Block& block = adi_.layout().cells()[cell];
    const Values& u = adi_.u()[cell];
    Values& upper = upper_[cell];
    Values& change = adi_.change()[cell];
    const std::ptrdiff_t stride = block.stride(axis);
    const double points = block.n - 1;
    const double convection = adi_.time_step() * points / 2;
    const double diffusion = adi_.time_step() * points * points;
    for (int i = block.interior_begin(axis); i < block.interior_end(axis); ++i) {
        block.for_each_interior_at(axis, i, [&](std::ptrdiff_t point) {
            Matrix below;
            Matrix diagonal;
            Matrix above;
            set_jacobian<axis>(u.at(point - stride), -convection, -diffusion, below);
            set_jacobian<axis>(u.at(point), 0, 2 * diffusion, diagonal);
            set_jacobian<axis>(u.at(point + stride), convection, -diffusion, above);
            for (int m = 0; m < kComponents; ++m) {
                diagonal.at[m][m] += 1;
            }
            double* const r = change.at(point);
            double* const c = upper.at(point);
            std::copy_n(&above.at[0][0], kBlock, c);
            subtract_product(below, upper.at(point - stride), diagonal);
            subtract_product(below, change.at(point - stride), 1, r);
            solve(diagonal, c, r);
        });
    }
}

template <int axis>
void BlockTridiagonal::substitute(std::size_t cell) {
    const Block& block = adi_.layout().cells()[cell];
    const Values& upper = upper_[cell];
    Values& change = adi_.change()[cell];
    const std::ptrdiff_t stride = block.stride(axis);
    for (int i = block.interior_end(axis) - 1; i >= block.interior_begin(axis); --i) {
        block.for_each_interior_at(axis, i, [&](std::ptrdiff_t point) {
            double* const x = change.at(point);
            const double* const next = change.at(point + stride);
            const double* const c = upper.at(point);
            for (int row = 0; row < kComponents; ++row) {
                for (int column = 0; column < kComponents; ++column) {
                    x[row] -= c[row * kComponents + column] * next[column];
                }
            }
        });
    }
}

}  // namespace ucx_crypto::npb
