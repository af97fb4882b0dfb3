#include "bench/osu/common/report.h"

#include <array>
#include <cstdio>

namespace ucx_crypto::osu {
namespace {

constexpr int kSizeWidth = 10;
constexpr int kFieldWidth = 18;
constexpr int kPrecision = 2;
constexpr int kIterationsWidth = 12;

std::string right_aligned(std::string_view text, int width) {
    const auto columns = static_cast<std::size_t>(width);
    return std::string(text.size() < columns ? columns - text.size() : 0, ' ') + std::string(text);
}

}  // namespace

std::string title_line(const Benchmark& benchmark) {
    return "# OSU MPI " + std::string(benchmark.title) + " v" + UCX_CRYPTO_OSU_VERSION +
           " (ucx-crypto)\n";
}

std::string column_line(std::span<const std::string_view> columns, bool iterations,
                        bool validation) {
    std::string line = "# Size";
    line.resize(kSizeWidth, ' ');
    for (const std::string_view column : columns) {
        line += right_aligned(column, kFieldWidth);
    }
    if (iterations) {
        line += right_aligned("Iterations", kIterationsWidth);
    }
    if (validation) {
        line += right_aligned("Validation", kFieldWidth);
    }
    return line + "\n";
}

std::string row_line(const Row& row) {
    std::string line = std::to_string(row.size);
    line.resize(line.size() < kSizeWidth ? kSizeWidth : line.size(), ' ');
    for (const double figure : row.figures) {
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "%*.*f", kFieldWidth, kPrecision, figure);
        line += text.data();
    }
    if (row.iterations != 0) {
        line += right_aligned(std::to_string(row.iterations), kIterationsWidth);
    }
    if (row.verdict != nullptr) {
        line += right_aligned(row.verdict, kFieldWidth);
    }
    return line + "\n";
}

}  // namespace ucx_crypto::osu
