// EP, embarrassingly parallel: Gaussian pairs by the polar method, counted in square annuli. Almost
// nothing is communicated: three sums at the end.
#include <array>
#include <cmath>
#include <vector>

#include "bench/npb/common/program.h"
#include "bench/npb/common/random.h"

namespace {

using namespace ucx_crypto::npb;

constexpr std::uint64_t kSeed = 271828183;
constexpr int kPairsLog2 = 16;  ///< pairs of one batch
constexpr std::size_t kAnnuli = 10;
constexpr double kTolerance = 1e-8;

/// 2^m pairs, and the sums of their deviates that are official.
struct Problem {
    char problem_class;
    int m;
    double sx;
    double sy;
};

constexpr std::array kProblems = {
    Problem{'S', 24, -3.247834652034740e+3, -6.958407078382297e+3},
    Problem{'W', 25, -2.863319731645753e+3, -6.320053679109499e+3},
    Problem{'A', 28, -4.295875165629892e+3, -1.580732573678431e+4},
    Problem{'B', 30, 4.033815542441498e+4, -2.660669192809235e+4},
    Problem{'C', 32, 4.764367927995374e+4, -8.084072988043731e+4},
};

struct Tally {
    double sx = 0;
    double sy = 0;
    std::array<double, kAnnuli> counts{};
};

/// Counts the pairs whose 2^(kPairsLog2 + 1) uniform numbers begin at `batch` times as many.
void add_batch(std::int64_t batch, std::vector<double>& numbers, Tally& tally) {
    Random random(kSeed);
    random.skip(static_cast<std::uint64_t>(batch) << (kPairsLog2 + 1));
    random.fill(numbers);
    for (std::size_t i = 0; i < numbers.size(); i += 2) {
        const double x = 2 * numbers[i] - 1;
        const double y = 2 * numbers[i + 1] - 1;
        const double t = x * x + y * y;
        if (t <= 1) {
            const double factor = std::sqrt(-2 * std::log(t) / t);
            const double gx = x * factor;
            const double gy = y * factor;
            const auto annulus = static_cast<std::size_t>(std::max(std::abs(gx), std::abs(gy)));
            tally.counts[annulus] += 1;
            tally.sx += gx;
            tally.sy += gy;
        }
    }
}

int most_processes(char /*problem_class*/) {
    return 1 << (kProblems[0].m - kPairsLog2);
}

void run_ep(char problem_class, World world, Report& report) {
    const Problem& problem = problem_of(kProblems, problem_class);
    const std::int64_t batches = std::int64_t{1} << (problem.m - kPairsLog2);
    std::vector<double> numbers(std::size_t{2} << kPairsLog2);
    Tally warm;
    add_batch(0, numbers, warm);  // untimed: pages and the mathematical library are there

    const Stopwatch watch;
    Tally tally;
    const std::int64_t each = batches / world.size;
    for (std::int64_t batch = world.rank * each; batch < (world.rank + 1) * each; ++batch) {
        add_batch(batch, numbers, tally);
    }
    MPI_Allreduce(MPI_IN_PLACE, &tally.sx, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, &tally.sy, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, tally.counts.data(), static_cast<int>(kAnnuli), MPI_DOUBLE, MPI_SUM,
                  MPI_COMM_WORLD);
    report.seconds = watch.seconds();

    const double count = std::ldexp(1.0, problem.m + 1);
    report.size = std::to_string(std::int64_t{1} << (problem.m + 1));
    report.operations = count;
    report.operation_type = "Random numbers generated";
    report.verification.compare("sum of x", problem.sx, tally.sx, kTolerance);
    report.verification.compare("sum of y", problem.sy, tally.sy, kTolerance);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv,
               {.name = "EP",
                .usage = {.program = "npb_ep", .title = "Embarrassingly Parallel"},
                .most_processes = most_processes,
                .run = run_ep});
}
