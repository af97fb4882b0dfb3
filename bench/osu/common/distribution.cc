#include "bench/osu/common/distribution.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace ucx_crypto::osu {
namespace {

constexpr double kLeast = 1e-3;  // us
constexpr int kPerDecade = 10;

/// The lower border of bucket `index`; bucket 0 starts at 1 us.
double border(int index) {
    return std::pow(10.0, static_cast<double>(index) / kPerDecade);
}

int bucket_of(double sample) {
    const int index = static_cast<int>(std::floor(std::log10(sample) * kPerDecade));
    // The logarithm of a border may fall on its other side.
    return sample < border(index) ? index - 1 : sample >= border(index + 1) ? index + 1 : index;
}

/// The least sample that `part` of all do not exceed.
double percentile(const std::vector<double>& sorted, double part) {
    const double rank = std::ceil(part * static_cast<double>(sorted.size()) - 1e-9);
    return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

/// As printf, at most 199 characters.
__attribute__((format(printf, 1, 2))) std::string formatted(const char* format, ...) {
    std::array<char, 200> text{};
    va_list values;
    va_start(values, format);
    std::vsnprintf(text.data(), text.size(), format, values);
    va_end(values);
    return text.data();
}

}  // namespace

Distribution distribution_of(std::vector<double> samples) {
    for (double& sample : samples) {
        sample = std::max(sample, kLeast);
    }
    std::sort(samples.begin(), samples.end());
    Distribution result;
    result.samples = samples.size();
    result.min = samples.front();
    result.p50 = percentile(samples, 0.5);
    result.p99 = percentile(samples, 0.99);
    result.p99_9 = percentile(samples, 0.999);
    result.max = samples.back();
    const int first = bucket_of(result.min);
    const int last = bucket_of(result.max);
    for (int index = first; index <= last; ++index) {
        result.histogram.push_back({border(index), border(index + 1), 0});
    }
    for (const double sample : samples) {
        ++result.histogram[static_cast<std::size_t>(bucket_of(sample) - first)].count;
    }
    return result;
}

std::string histogram_lines(const Distribution& distribution) {
    constexpr double kWidth = 50;
    std::size_t most = 1;
    for (const Bucket& bucket : distribution.histogram) {
        most = std::max(most, bucket.count);
    }
    std::string lines;
    for (const Bucket& bucket : distribution.histogram) {
        const auto length = static_cast<std::size_t>(
            std::ceil(kWidth * static_cast<double>(bucket.count) / static_cast<double>(most)));
        lines += formatted("# %12.2f to %12.2f us %12zu", bucket.from, bucket.to, bucket.count);
        if (length > 0) {
            lines.append(" ").append(length, '#');
        }
        lines.append("\n");
    }
    return lines;
}

std::string json_line(std::size_t size, const Distribution& distribution, const char* verdict) {
    std::string line = formatted(
        R"({"benchmark": "osu_jitter", "unit": "us", "size": %zu, "samples": %zu, "min": %.3f, )"
        R"("p50": %.3f, "p99": %.3f, "p99_9": %.3f, "max": %.3f, "histogram": [)",
        size, distribution.samples, distribution.min, distribution.p50, distribution.p99,
        distribution.p99_9, distribution.max);
    const char* separator = "";
    for (const Bucket& bucket : distribution.histogram) {
        line += formatted(R"(%s{"from": %.4g, "to": %.4g, "count": %zu})", separator, bucket.from,
                          bucket.to, bucket.count);
        separator = ", ";
    }
    line.append(R"(], "verdict": )");
    if (verdict != nullptr) {
        line.append("\"").append(verdict).append("\"");
    } else {
        line.append("null");
    }
    return line.append("}\n");
}

}  // namespace ucx_crypto::osu
