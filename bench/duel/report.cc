#include "bench/duel/report.h"

#include <array>
#include <cstdio>

namespace ucx_crypto::duel {
namespace {

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
            result += escape.data();
        } else {
            result += c;
        }
    }
    return result + '"';
}

std::string number(double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.6g", value);
    return text.data();
}

const char* title(Test test) {
    switch (test) {
        case Test::kLatency:
            return "one-way latency of ping-pong";
        case Test::kBandwidth:
            return "bandwidth of windows of sends";
        case Test::kPut:
            return "bandwidth of windows of puts, flushed";
    }
    return "";
}

}  // namespace

std::string heading(const Options& options, bool control) {
    std::array<char, 160> columns{};
    std::snprintf(columns.data(), columns.size(), "%-10s%14s%14s%10s%10s%10s\n", "# Size",
                  (std::string("A (") + unit(options.test) + ")").c_str(),
                  (std::string("B (") + unit(options.test) + ")").c_str(), "Ratio", "Low", "High");
    const Configuration& b = control ? options.a : options.b;
    return std::string("# ") + title(options.test) + ", " + std::to_string(options.blocks) +
           " blocks each: A = " + options.a.name + ", B = " + b.name +
           (control ? " (control)" : "") + "\n" + columns.data();
}

std::string row_line(const Row& row) {
    std::array<char, 160> line{};
    std::snprintf(line.data(), line.size(), "%-10zu%14.2f%14.2f%10.3f%10.3f%10.3f\n", row.size,
                  row.a, row.b, row.ratio, row.interval.low, row.interval.high);
    return line.data();
}

std::string json_line(const Options& options, bool control, const Row& row) {
    const std::string& b = control ? options.a.name : options.b.name;
    const unsigned window = options.test == Test::kLatency ? 1 : options.window_of(row.size);
    return std::string(R"({"benchmark": "duel", "test": ")") + to_string(options.test) +
           R"(", "unit": ")" + unit(options.test) + R"(", "control": )" +
           (control ? "true" : "false") + R"(, "a": )" + quoted(options.a.name) + R"(, "b": )" +
           quoted(b) + R"(, "size": )" + std::to_string(row.size) + R"(, "a_median": )" +
           number(row.a) + R"(, "b_median": )" + number(row.b) + R"(, "ratio": )" +
           number(row.ratio) + R"(, "low": )" + number(row.interval.low) + R"(, "high": )" +
           number(row.interval.high) + R"(, "blocks": )" + std::to_string(options.blocks) +
           R"(, "repetitions": )" + std::to_string(row.repetitions) + R"(, "window": )" +
           std::to_string(window) + "}\n";
}

}  // namespace ucx_crypto::duel
