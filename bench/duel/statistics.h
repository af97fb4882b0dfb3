// What is said about a set of figures that scatter: the median, and where it lies.
#pragma once

#include <vector>

namespace ucx_crypto::duel {

/// Of an even number of figures the mean of the two in the middle. `figures` must not be empty.
double median(std::vector<double> figures);

struct Interval {
    double low = 0;
    double high = 0;
};

/// The 95 % confidence interval of the median: from the order statistics whose ranks are the
/// binomial distribution's (by its normal approximation), so that nothing is assumed about how
/// the figures scatter. Fewer than 6 figures: from the least to the greatest, which is less than
/// 95 %. `figures` must not be empty.
Interval median_interval(std::vector<double> figures);

}  // namespace ucx_crypto::duel
