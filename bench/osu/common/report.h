#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "bench/osu/common/options.h"

namespace ucx_crypto::osu {

/// The lines of OSU's output: the size left-aligned in 10 columns, then figures with 2 decimals
/// right-aligned in 18 columns each. All end with a newline.

/// "# OSU MPI <title> v<version> (ucx-crypto)".
[[nodiscard]] std::string title_line(const Benchmark& benchmark);

/// "# Size", then `columns` and, when validating, "Validation". `iterations` appends the column of
/// the collectives' full output.
[[nodiscard]] std::string column_line(std::span<const std::string_view> columns, bool iterations,
                                      bool validation);

/// One measured size.
struct Row {
    std::size_t size = 0;
    std::span<const double> figures;
    int iterations = 0;             ///< printed if not 0
    const char* verdict = nullptr;  ///< "Pass" or "Fail" when validating, else nullptr
};
[[nodiscard]] std::string row_line(const Row& row);

}  // namespace ucx_crypto::osu
