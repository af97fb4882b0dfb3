#pragma once

#include "bench/npb/cfd/exact.h"

namespace ucx_crypto::npb {

/// What LU computes in one class, and its official results.
struct LuProblem {
    char problem_class;
    int n;  ///< points on each axis
    int iterations;
    double time_step;
    State residuals;
    State errors;
    double surface;
};

[[nodiscard]] const LuProblem& lu_problem(char problem_class);

}  // namespace ucx_crypto::npb
