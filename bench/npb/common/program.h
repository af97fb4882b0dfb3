#pragma once

#include <mpi.h>

#include <algorithm>

#include "bench/npb/common/options.h"
#include "bench/npb/common/report.h"

namespace ucx_crypto::npb {

/// This process among all of MPI_COMM_WORLD.
struct World {
    int rank = 0;
    int size = 1;
};

/// What one benchmark is. `run` is collective; it fills size, iterations, its own process's
/// seconds, operations, the verification and, unless it is floating point, the operation type.
struct Kernel {
    std::string_view name;  ///< "CG"
    Usage usage;
    int (*most_processes)(char problem_class);  ///< 0: any number
    void (*run)(char problem_class, World world, Report& report);
};

/// The row of a table of problems, one per class, that is for `problem_class`: the table has it.
template <typename Problems>
[[nodiscard]] const auto& problem_of(const Problems& problems, char problem_class) {
    return *std::find_if(problems.begin(), problems.end(), [problem_class](const auto& problem) {
        return problem.problem_class == problem_class;
    });
}

/// Seconds since it was made or started again, on this process, after all have come to that point.
class Stopwatch {
  public:
    Stopwatch() { restart(); }
    void restart() {
        MPI_Barrier(MPI_COMM_WORLD);
        started_ = MPI_Wtime();
    }
    [[nodiscard]] double seconds() const { return MPI_Wtime() - started_; }

  private:
    double started_ = 0;
};

/// The whole life of a benchmark: parses, starts MPI, checks the number of processes, runs, prints
/// on rank 0, ends MPI. Returns the exit status: 0 verified, 1 not verified, 2 usage.
[[nodiscard]] int run(int argc, char** argv, const Kernel& kernel);

}  // namespace ucx_crypto::npb
