#include "bench/npb/cfd/adi.h"

#include "bench/npb/cfd/norms.h"

namespace ucx_crypto::npb {

Adi::Adi(const AdiProblem& problem, World world)
    : time_step_(problem.time_step), layout_(problem.n, world) {
    for (const Block& cell : layout_.cells()) {
        forcing_.push_back(make_forcing(cell));
        u_.emplace_back(cell, kComponents, 1);
        derived_.emplace_back(cell, kDerived);
        change_.emplace_back(cell);
    }
}

std::vector<Values> Adi::make_values(int width) const {
    std::vector<Values> values;
    for (const Block& cell : layout_.cells()) {
        values.emplace_back(cell, width);
    }
    return values;
}

void Adi::start() {
    for (std::size_t cell = 0; cell < u_.size(); ++cell) {
        set_initial(layout_.cells()[cell], u_[cell]);
    }
}

void Adi::find_change() {
    layout_.exchange(u_);
    for (std::size_t cell = 0; cell < u_.size(); ++cell) {
        const Block& block = layout_.cells()[cell];
        Values& change = change_[cell];
        derive(block, u_[cell], derived_[cell]);
        change = forcing_[cell];
        add_flow(block, u_[cell], derived_[cell], change);
        block.for_each_interior([&](int, int, int, std::ptrdiff_t point) {
            for (int m = 0; m < kComponents; ++m) {
                change.at(point)[m] *= time_step_;
            }
        });
    }
}

void Adi::add_change() {
    for (std::size_t cell = 0; cell < u_.size(); ++cell) {
        layout_.cells()[cell].for_each_interior([&](int, int, int, std::ptrdiff_t point) {
            for (int m = 0; m < kComponents; ++m) {
                u_[cell].at(point)[m] += change_[cell].at(point)[m];
            }
        });
    }
}

State Adi::residual_norms() const {
    State sums{};
    for (std::size_t cell = 0; cell < u_.size(); ++cell) {
        add_squares(layout_.cells()[cell], change_[cell], sums);
    }
    State norms = root_mean(sums, layout_.n());
    for (double& norm : norms) {
        norm /= time_step_;
    }
    return norms;
}

State Adi::error_norms() const {
    State sums{};
    for (std::size_t cell = 0; cell < u_.size(); ++cell) {
        add_squares_of_error(layout_.cells()[cell], u_[cell], sums);
    }
    return root_mean(sums, layout_.n());
}

int most_processes(const AdiProblem& problem) {
    constexpr int kLeast = 3;
    return (problem.n / kLeast) * (problem.n / kLeast);
}

void report_adi(const AdiProblem& problem, Adi& adi, Report& report) {
    report.size = grid_size(problem.n, problem.n, problem.n);
    report.iterations = problem.iterations;
    adi.find_change();
    compare(report.verification, "norm of residual", problem.residuals, adi.residual_norms());
    compare(report.verification, "norm of error", problem.errors, adi.error_norms());
}

}  // namespace ucx_crypto::npb
