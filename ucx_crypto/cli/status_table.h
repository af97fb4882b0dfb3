// Tables of `ucx-crypto status`.
#pragma once

#include <string>
#include <vector>

#include "ucx_crypto/stats/processes.h"

namespace ucx_crypto::cli {

/// One line per interface under a line of headings.
std::string totals_table(const std::vector<stats::Found>& interfaces);

/// The same, per second, of those interfaces that are in both.
std::string rates_table(const std::vector<stats::Found>& before,
                        const std::vector<stats::Found>& now, double seconds);

/// "17", "1.5k", "20.0M": at most three digits before the point, powers of 1000.
std::string short_number(double value);

}  // namespace ucx_crypto::cli
