#pragma once

#include <span>

#include "bench/npb/ft/fft.h"

namespace ucx_crypto::npb {

/// What FT computes in one class.
struct FtProblem {
    char problem_class;
    int nx, ny, nz;
    std::span<const Complex> checksums;  ///< the official ones, one per iteration

    [[nodiscard]] int iterations() const { return static_cast<int>(checksums.size()); }
};

[[nodiscard]] const FtProblem& ft_problem(char problem_class);

}  // namespace ucx_crypto::npb
