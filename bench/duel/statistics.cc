#include "bench/duel/statistics.h"

#include <algorithm>
#include <cmath>

namespace ucx_crypto::duel {

double median(std::vector<double> figures) {
    std::sort(figures.begin(), figures.end());
    const size_t half = figures.size() / 2;
    return figures.size() % 2 == 1 ? figures[half] : (figures[half - 1] + figures[half]) / 2;
}

Interval median_interval(std::vector<double> figures) {
    std::sort(figures.begin(), figures.end());
    const auto count = static_cast<double>(figures.size());
    constexpr double kQuantile = 1.959964;  // of the normal distribution, 97.5 %
    const double rank = std::floor((count - kQuantile * std::sqrt(count)) / 2);
    const auto low = static_cast<size_t>(std::max(rank, 1.0)) - 1;
    return {figures[low], figures[figures.size() - 1 - low]};
}

}  // namespace ucx_crypto::duel
