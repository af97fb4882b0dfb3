#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bench/osu/common/options.h"

namespace ucx_crypto::osu {

/// The lines of OSU's output: the size left-aligned in 10 columns, then figures with 2 decimals
/// right-aligned in 18 columns each. All end with a newline.

/// "# OSU MPI <title> v<version> (ucx-crypto)"; a title that begins with MPI_ stands by itself.
[[nodiscard]] std::string title_line(const Benchmark& benchmark);

/// "# Size", then `columns` and, when validating, "Validation". If there are no sizes the first
/// column stands where "Size" would, and its figures in 17 columns.
/// `iterations` appends the column of the collectives' full output.
[[nodiscard]] std::string column_line(std::span<const std::string_view> columns, bool iterations,
                                      bool validation, bool sizes = true);

/// One measured size.
struct Row {
    std::optional<std::size_t> size;  ///< none: the benchmark has no sizes
    std::span<const double> figures;
    int iterations = 0;             ///< printed if not 0
    const char* verdict = nullptr;  ///< "Pass" or "Fail" when validating, else nullptr
};
[[nodiscard]] std::string row_line(const Row& row);

/// The row as one JSON object: {"benchmark", "size" or null, "figures": {column: number...},
/// "iterations" or null, "verdict": "Pass", "Fail" or null}. A figure that is no finite number is
/// null. `columns` are those of row.figures.
[[nodiscard]] std::string json_line(const Benchmark& benchmark,
                                    std::span<const std::string> columns, const Row& row);

}  // namespace ucx_crypto::osu
