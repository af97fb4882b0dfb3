#include "bench/osu/common/report.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace ucx_crypto::osu {
namespace {

constexpr std::size_t kSizeWidth = 10;
constexpr int kFieldWidth = 18;
constexpr int kFirstFieldWidth = 17;  // without a size before it
constexpr int kPrecision = 2;
constexpr int kIterationsWidth = 12;

std::string right_aligned(std::string_view text, int width) {
    const auto columns = static_cast<std::size_t>(width);
    return std::string(text.size() < columns ? columns - text.size() : 0, ' ') + std::string(text);
}

}  // namespace

std::string title_line(const Benchmark& benchmark) {
    const bool by_itself = benchmark.title.starts_with("MPI_");
    return (by_itself ? "# OSU " : "# OSU MPI ") + std::string(benchmark.title) + " v" +
           UCX_CRYPTO_OSU_VERSION + " (ucx-crypto)\n";
}

std::string column_line(std::span<const std::string_view> columns, bool iterations, bool validation,
                        bool sizes) {
    std::string line = "# Size    ";
    if (!sizes) {
        line = "# " + std::string(columns.front());
        columns = columns.subspan(1);
    }
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
    std::string line = row.size ? std::to_string(*row.size) : std::string();
    if (row.size && line.size() < kSizeWidth) {
        line.resize(kSizeWidth, ' ');
    }
    for (const double figure : row.figures) {
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "%*.*f",
                      line.empty() ? kFirstFieldWidth : kFieldWidth, kPrecision, figure);
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

std::string json_line(const Benchmark& benchmark, std::span<const std::string> columns,
                      const Row& row) {
    std::string line = R"({"benchmark": ")" + std::string(benchmark.program) + R"(", "size": )";
    line += row.size ? std::to_string(*row.size) : "null";
    line += R"(, "figures": {)";
    for (std::size_t i = 0; i < row.figures.size(); ++i) {
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "%.6g", row.figures[i]);
        line.append(i == 0 ? "\"" : ", \"").append(columns[i]).append("\": ");
        line += std::isfinite(row.figures[i]) ? text.data() : "null";
    }
    line += R"(}, "iterations": )";
    line += row.iterations != 0 ? std::to_string(row.iterations) : "null";
    line += R"(, "verdict": )";
    line += row.verdict != nullptr ? '"' + std::string(row.verdict) + '"' : "null";
    return line + "}\n";
}

}  // namespace ucx_crypto::osu
