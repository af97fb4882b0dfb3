#include "bench/npb/cfd/norms.h"

#include <mpi.h>

#include <cmath>
#include <string>

namespace ucx_crypto::npb {

void add_squares(const Block& block, const Values& r, State& sums) {
    block.for_each_interior([&](int, int, int, std::ptrdiff_t point) {
        for (int m = 0; m < kComponents; ++m) {
            sums[m] += r.at(point)[m] * r.at(point)[m];
        }
    });
}

void add_squares_of_error(const Block& block, const Values& u, State& sums) {
    Values exact(block);
    set_exact(block, exact);
    block.for_each_interior([&](int, int, int, std::ptrdiff_t point) {
        for (int m = 0; m < kComponents; ++m) {
            const double error = u.at(point)[m] - exact.at(point)[m];
            sums[m] += error * error;
        }
    });
}

State root_mean(const State& sums, int n) {
    State means{};
    MPI_Allreduce(sums.data(), means.data(), kComponents, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    for (double& mean : means) {
        mean = std::sqrt(mean / std::pow(n - 2, 3));
    }
    return means;
}

void compare(Verification& verification, const char* what, const State& expected,
             const State& found) {
    for (std::size_t m = 0; m < expected.size(); ++m) {
        verification.compare(std::string(what) + " " + std::to_string(m + 1), expected[m], found[m],
                             kTolerance);
    }
}

}  // namespace ucx_crypto::npb
