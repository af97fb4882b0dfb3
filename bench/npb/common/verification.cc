#include "bench/npb/common/verification.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ucx_crypto::npb {

double Comparison::error() const {
    const double difference = std::abs(found - expected);
    return expected == 0 ? difference : difference / std::abs(expected);
}

bool Comparison::holds() const {
    return error() <= tolerance;  // false for what is not a number
}

void Verification::compare(std::string what, double expected, double found, double tolerance) {
    comparisons_.push_back({std::move(what), expected, found, tolerance});
}

bool Verification::holds() const {
    return !comparisons_.empty() &&
           std::all_of(comparisons_.begin(), comparisons_.end(),
                       [](const Comparison& comparison) { return comparison.holds(); });
}

}  // namespace ucx_crypto::npb
