// What duel prints.
#pragma once

#include <string>

#include "bench/duel/options.h"
#include "bench/duel/statistics.h"

namespace ucx_crypto::duel {

/// The outcome of one size.
struct Row {
    size_t size = 0;           ///< bytes
    double a = 0;              ///< median over the blocks, in unit()
    double b = 0;              ///< the same of the other configuration
    double ratio = 0;          ///< median over the pairs of b / a
    Interval interval;         ///< of the ratio, 95 %
    unsigned repetitions = 0;  ///< in each block
};

/// The lines that precede the rows of A against B, or against itself: what is measured, and the
/// columns.
std::string heading(const Options& options, bool control);

/// One row in columns.
std::string row_line(const Row& row);

/// One row as a line of JSON: {"benchmark": "duel", "test", "unit", "control", "a", "b" (names),
/// "size", "a_median", "b_median", "ratio", "low", "high", "blocks", "repetitions", "window"}.
std::string json_line(const Options& options, bool control, const Row& row);

}  // namespace ucx_crypto::duel
