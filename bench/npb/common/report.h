#pragma once

#include <string>
#include <string_view>

#include "bench/npb/common/verification.h"

namespace ucx_crypto::npb {

/// What a run has to say for itself.
struct Report {
    std::string_view name;  ///< "CG"
    char problem_class = 0;
    std::string size{};  ///< "1400", or grid_size()
    int iterations = 0;
    double seconds = 0;     ///< of the slowest process
    double operations = 0;  ///< as the specification counts them
    int processes = 0;
    std::string_view operation_type = "floating point";
    Verification verification{};
    bool verified = false;  ///< on every process

    [[nodiscard]] double mops() const { return seconds > 0 ? operations / seconds * 1e-6 : 0; }
};

/// A grid's points as NPB writes them: " 64x  64x  64".
[[nodiscard]] std::string grid_size(int nx, int ny, int nz);

/// The line that names the benchmark, surrounded by empty ones as NPB does.
[[nodiscard]] std::string banner(std::string_view name);

/// The comparisons, then NPB's block of results: names, columns and widths are the official ones.
[[nodiscard]] std::string result_block(const Report& report);

/// The same as one JSON object and a newline.
[[nodiscard]] std::string result_json(const Report& report);

}  // namespace ucx_crypto::npb
