#include "bench/npb/sp/pentadiagonal.h"

#include <cmath>

#include "bench/npb/cfd/constants.h"
#include "bench/npb/cfd/layers.h"
#include "bench/npb/sp/eigenvectors.h"

namespace ucx_crypto::npb {
namespace {

constexpr int kKinds = 3;  // of systems: convected by v, by v + c, by v - c
constexpr int kReduced = 2 * kKinds;
/// The kind of each component's system.
constexpr std::array<int, kComponents> kKind = {0, 0, 0, 1, 2};

/// The largest of the factors by which components are diffused along `axis`.
double diffusion(int axis, double inverse_density) {
    const double viscosity = kC3C4 * inverse_density;
    const double d = kDissipation[axis];
    return std::max({d + kFourThirds * viscosity, d + kC1C5 * viscosity, d + viscosity, d});
}

}  // namespace

Pentadiagonal::Pentadiagonal(Adi& adi)
    : adi_(adi), speed_(adi.make_values(1)), reduced_(adi.make_values(kReduced)) {}

void Pentadiagonal::step() {
    adi_.find_change();
    for (std::size_t cell = 0; cell < speed_.size(); ++cell) {
        const Block& block = adi_.layout().cells()[cell];
        const Values& u = adi_.u()[cell];
        const Values& derived = adi_.derived()[cell];
        block.for_each({-1, -1, -1}, {block.count[0] + 1, block.count[1] + 1, block.count[2] + 1},
                       [&](int, int, int, std::ptrdiff_t point) {
                           const double* const d = derived.at(point);
                           *speed_[cell].at(point) = std::sqrt(kC1 * kC2 * d[kInverseDensity] *
                                                               (u.at(point)[4] - d[kDynamic]));
                       });
        block.for_each_interior([&](int, int, int, std::ptrdiff_t point) {
            to_first_eigenvectors(derived.at(point), *speed_[cell].at(point),
                                  adi_.change()[cell].at(point));
        });
    }
    solve_lines<0>();
    solve_lines<1>();
    solve_lines<2>();
    adi_.add_change();
}

template <int axis>
void Pentadiagonal::solve_lines() {
    Multipartition& layout = adi_.layout();
    std::vector<Values>& change = adi_.change();
    // The next cell continues from the last two rows, and back from the first two.
    layout.sweep(
        axis, 1, 2 * (kReduced + kComponents),
        [&](std::size_t cell, const std::vector<double>& before, std::vector<double>& behind) {
            const Block& block = layout.cells()[cell];
            if (!before.empty()) {
                const Layers ghosts{axis, -2};
                const double* const rest = ghosts.unpack(block, before.data(), reduced_[cell]);
                ghosts.unpack(block, rest, change[cell]);
            }
            eliminate<axis>(cell);
            const Layers last{axis, block.count[axis] - 2};
            double* const rest = last.pack(block, reduced_[cell], behind.data());
            last.pack(block, change[cell], rest);
        });
    layout.sweep(
        axis, -1, 2 * kComponents,
        [&](std::size_t cell, const std::vector<double>& behind, std::vector<double>& before) {
            const Block& block = layout.cells()[cell];
            if (!behind.empty()) {
                Layers{axis, block.count[axis]}.unpack(block, behind.data(), change[cell]);
            }
            substitute<axis>(cell);
            Layers{axis, 0}.pack(block, change[cell], before.data());
            block.for_each_interior([&](int, int, int, std::ptrdiff_t point) {
                const double* const u = adi_.u()[cell].at(point);
                const double* const derived = adi_.derived()[cell].at(point);
                to_next_eigenvectors<axis>(u, derived, *speed_[cell].at(point),
                                           change[cell].at(point));
            });
        });
}

/// Brings every row to the form x(i) + c x(i + 1) + d x(i + 2) = r.
template <int axis>
void Pentadiagonal::eliminate(std::size_t cell) {
    const Block& block = adi_.layout().cells()[cell];
    const Values& derived = adi_.derived()[cell];
    const Values& speed = speed_[cell];
    Values& reduced = reduced_[cell];
    Values& change = adi_.change()[cell];
    const std::ptrdiff_t stride = block.stride(axis);
    const double points = block.n - 1;
    const double convection = adi_.time_step() * points / 2;
    const double diffused = adi_.time_step() * points * points;
    const double dissipated = adi_.time_step() * kFourthDissipation;

    for (int i = block.interior_begin(axis); i < block.interior_end(axis); ++i) {
        const std::array<double, 5> dissipation = fourth_difference(block.first[axis] + i, block.n);
        block.for_each_interior_at(axis, i, [&](std::ptrdiff_t point) {
            const double* const below = derived.at(point - stride);
            const double* const above = derived.at(point + stride);
            const double here_diffused = diffusion(axis, derived.at(point)[kInverseDensity]);
            const double below_diffused = diffusion(axis, below[kInverseDensity]);
            const double above_diffused = diffusion(axis, above[kInverseDensity]);
            const double below_speed = *speed.at(point - stride);
            const double above_speed = *speed.at(point + stride);
            double* const here = reduced.at(point);
            const double* const one = reduced.at(point - stride);
            const double* const two = reduced.at(point - 2 * stride);
            std::array<double, kKinds> first{};   // what multiplies the row two before
            std::array<double, kKinds> second{};  // and the one before
            std::array<double, kKinds> pivot{};   // reciprocal
            for (int kind = 0; kind < kKinds; ++kind) {
                const double sound = kind == 0 ? 0.0 : kind == 1 ? 1.0 : -1.0;
                const double low = -convection * (below[kVelocity + axis] + sound * below_speed) -
                                   diffused * below_diffused + dissipated * dissipation[1];
                const double middle =
                    1 + 2 * diffused * here_diffused + dissipated * dissipation[2];
                const double high = convection * (above[kVelocity + axis] + sound * above_speed) -
                                    diffused * above_diffused + dissipated * dissipation[3];
                const int c = 2 * kind;
                const int d = c + 1;
                first[kind] = dissipated * dissipation[0];
                second[kind] = low - first[kind] * two[c];
                pivot[kind] = 1 / (middle - first[kind] * two[d] - second[kind] * one[c]);
                here[c] = (high - second[kind] * one[d]) * pivot[kind];
                here[d] = dissipated * dissipation[4] * pivot[kind];
            }
            double* const r = change.at(point);
            const double* const r_one = change.at(point - stride);
            const double* const r_two = change.at(point - 2 * stride);
            for (int m = 0; m < kComponents; ++m) {
                const int kind = kKind[m];
                r[m] = (r[m] - first[kind] * r_two[m] - second[kind] * r_one[m]) * pivot[kind];
            }
        });
    }
}

template <int axis>
void Pentadiagonal::substitute(std::size_t cell) {
    const Block& block = adi_.layout().cells()[cell];
    const Values& reduced = reduced_[cell];
    Values& change = adi_.change()[cell];
    const std::ptrdiff_t stride = block.stride(axis);
    for (int i = block.interior_end(axis) - 1; i >= block.interior_begin(axis); --i) {
        block.for_each_interior_at(axis, i, [&](std::ptrdiff_t point) {
            double* const x = change.at(point);
            const double* const one = change.at(point + stride);
            const double* const two = change.at(point + 2 * stride);
            const double* const factors = reduced.at(point);
            for (int m = 0; m < kComponents; ++m) {
                x[m] -= factors[2 * kKind[m]] * one[m] + factors[2 * kKind[m] + 1] * two[m];
            }
        });
    }
}

}  // namespace ucx_crypto::npb
