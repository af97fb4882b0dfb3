// FT, Fourier transform: a partial differential equation solved in the spectrum of a random field.
#include <array>
#include <cmath>
#include <numbers>

#include "bench/npb/common/program.h"
#include "bench/npb/common/random.h"
#include "bench/npb/ft/problem.h"
#include "bench/npb/ft/transform.h"

namespace {

using namespace ucx_crypto::npb;

constexpr std::uint64_t kSeed = 314159265;
constexpr double kAlpha = 1e-6;
constexpr int kSamples = 1024;  // of a checksum
constexpr double kTolerance = 1e-12;

/// The frequency that index `i` of `n` stands for.
int frequency(int i, int n) {
    return i < n / 2 ? i : i - n;
}

class Solver {
  public:
    explicit Solver(const Grid& grid)
        : grid_(grid),
          transform_(grid),
          space_(grid.points()),
          spectrum_(grid.points()),
          evolved_(grid.points()),
          factors_(grid.points()) {}

    /// The spectrum of the random field, and the factors by which a step changes it.
    void start() {
        const double exponent = -4 * kAlpha * std::numbers::pi * std::numbers::pi;
        for (int pencil = 0; pencil < grid_.pencils; ++pencil) {
            const int kx = frequency((grid_.first_pencil + pencil) % grid_.nx, grid_.nx);
            const int ky = frequency((grid_.first_pencil + pencil) / grid_.nx, grid_.ny);
            double* const factor = factors_.data() + static_cast<std::ptrdiff_t>(pencil) * grid_.nz;
            for (int z = 0; z < grid_.nz; ++z) {
                const int kz = frequency(z, grid_.nz);
                factor[z] = std::exp(exponent * (kx * kx + ky * ky + kz * kz));
            }
        }
        Random random(kSeed);
        random.skip(2 * grid_.points() * static_cast<std::uint64_t>(grid_.world.rank));
        for (Complex& number : space_) {
            number.re = random.next();
            number.im = random.next();
        }
        transform_.forward(space_, spectrum_);
    }

    /// One step in time, and the checksum of the field after it. Collective.
    Complex step() {
        for (std::size_t i = 0; i < spectrum_.size(); ++i) {
            spectrum_[i] = factors_[i] * spectrum_[i];
            evolved_[i] = spectrum_[i];
        }
        transform_.backward(evolved_, space_);
        return checksum();
    }

  private:
    [[nodiscard]] Complex checksum() const {
        Complex sum;
        for (int j = 1; j <= kSamples; ++j) {
            const std::ptrdiff_t x = j % grid_.nx;
            const std::ptrdiff_t y = 3 * j % grid_.ny;
            const std::ptrdiff_t z = 5 * j % grid_.nz - grid_.first_plane;
            if (z >= 0 && z < grid_.planes) {
                sum = sum + space_[(z * grid_.ny + y) * grid_.nx + x];
            }
        }
        std::array<double, 2> parts = {sum.re, sum.im};
        MPI_Allreduce(MPI_IN_PLACE, parts.data(), 2, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
        const double scale =
            1 / (static_cast<double>(grid_.points()) * static_cast<double>(grid_.world.size));
        return {parts[0] * scale, parts[1] * scale};
    }

    const Grid& grid_;
    Transform transform_;
    std::vector<Complex> space_, spectrum_, evolved_;
    std::vector<double> factors_;
};

/// Floating point operations as NPB counts them.
double operations(double points, int iterations) {
    const double log = std::log(points);
    return points * (14.8157 + 7.19641 * log + (5.23518 + 7.21113 * log) * iterations);
}

int most_processes(char problem_class) {
    return ft_problem(problem_class).nz;
}

void run_ft(char problem_class, World world, Report& report) {
    const FtProblem& problem = ft_problem(problem_class);
    const Grid grid(problem.nx, problem.ny, problem.nz, world);
    Solver solver(grid);
    solver.start();  // untimed: pages and connections are there

    const Stopwatch watch;
    solver.start();
    std::vector<Complex> checksums;
    checksums.reserve(static_cast<std::size_t>(problem.iterations()));
    for (int iteration = 0; iteration < problem.iterations(); ++iteration) {
        checksums.push_back(solver.step());
    }
    report.seconds = watch.seconds();

    const double points = static_cast<double>(grid.points()) * world.size;
    report.size = grid_size(problem.nx, problem.ny, problem.nz);
    report.iterations = problem.iterations();
    report.operations = operations(points, problem.iterations());
    for (int i = 0; i < problem.iterations(); ++i) {
        // The official error is that of the complex number: both parts are measured against it.
        const Complex expected = problem.checksums[i];
        const double size = std::hypot(expected.re, expected.im);
        const std::string name = "checksum " + std::to_string(i + 1);
        report.verification.compare(name + " real", expected.re, checksums[i].re,
                                    kTolerance * size / std::abs(expected.re));
        report.verification.compare(name + " imaginary", expected.im, checksums[i].im,
                                    kTolerance * size / std::abs(expected.im));
    }
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv,
               {.name = "FT",
                .usage = {.program = "npb_ft", .title = "Fourier Transform"},
                .most_processes = most_processes,
                .run = run_ft});
}
