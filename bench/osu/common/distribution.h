// How a latency scatters: order statistics and a histogram.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ucx_crypto::osu {

/// Samples within [from, to).
struct Bucket {
    double from = 0;
    double to = 0;
    std::size_t count = 0;
};

/// Of samples in microseconds.
struct Distribution {
    std::size_t samples = 0;
    double min = 0;
    double p50 = 0;  ///< percentiles by the nearest rank: each is a sample
    double p99 = 0;
    double p99_9 = 0;
    double max = 0;
    /// Ten per power of ten, at the same borders in every run, from the first that holds a sample
    /// to the last.
    std::vector<Bucket> histogram;
};

/// `samples` must not be empty; those that are not above 0 count as the least that is told apart, a
/// nanosecond.
[[nodiscard]] Distribution distribution_of(std::vector<double> samples);

/// One comment line per bucket, with a bar.
[[nodiscard]] std::string histogram_lines(const Distribution& distribution);

/// {"benchmark": "osu_jitter", "unit": "us", "size", "samples", "min", "p50", "p99", "p99_9",
/// "max", "histogram": [{"from", "to", "count"}...], "verdict": "Pass", "Fail" or null} and a
/// newline.
[[nodiscard]] std::string json_line(std::size_t size, const Distribution& distribution,
                                    const char* verdict);

}  // namespace ucx_crypto::osu
