#include "bench/npb/common/report.h"

#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace ucx_crypto::npb {
namespace {

constexpr std::size_t kNameWidth = 15;
constexpr std::size_t kValueWidth = 24;

[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...) {
    std::array<char, 160> text{};
    va_list values;
    va_start(values, format);
    std::vsnprintf(text.data(), text.size(), format, values);
    va_end(values);
    return text.data();
}

std::string line(std::string_view name, std::string_view value) {
    std::string text(1, ' ');
    text += name;
    text.resize(1 + kNameWidth, ' ');
    text += " = ";
    text.append(value.size() < kValueWidth ? kValueWidth - value.size() : 0, ' ');
    text += value;
    return text + "\n";
}

/// A JSON number; what is none is null.
std::string number(double value) {
    return std::isfinite(value) ? formatted("%.17g", value) : "null";
}

/// A JSON string. The texts here are our own: nothing in them needs an escape.
std::string json_string(std::string_view text) {
    std::string result(1, '"');
    result += text;
    result.push_back('"');
    return result;
}

/// A JSON member.
std::string member(std::string_view name, std::string_view value) {
    std::string text = json_string(name);
    text += ": ";
    text += value;
    return text;
}

}  // namespace

std::string grid_size(int nx, int ny, int nz) {
    return formatted("%4dx%4dx%4d", nx, ny, nz);
}

std::string banner(std::string_view name) {
    return "\n\n NAS Parallel Benchmarks (ucx-crypto) - " + std::string(name) + " Benchmark\n\n";
}

std::string result_block(const Report& report) {
    std::string text;
    for (const Comparison& each : report.verification.comparisons()) {
        text += formatted(" %-24s %21.13E %21.13E %12.4E %s\n", each.what.c_str(), each.found,
                          each.expected, each.error(), each.holds() ? "" : "FAILURE");
    }
    text += "\n\n " + std::string(report.name) + " Benchmark Completed.\n";
    text += line("Class", std::string(1, report.problem_class));
    text += line("Size", report.size);
    text += line("Iterations", std::to_string(report.iterations));
    text += line("Time in seconds", formatted("%.2f", report.seconds));
    text += line("Total processes", std::to_string(report.processes));
    text += line("Mop/s total", formatted("%.2f", report.mops()));
    text += line("Mop/s/process", formatted("%.2f", report.mops() / report.processes));
    text += line("Operation type", report.operation_type);
    text += line("Verification", report.verified ? "SUCCESSFUL" : "UNSUCCESSFUL");
    text += line("Version", UCX_CRYPTO_NPB_VERSION);
    return text + "\n";
}

std::string result_json(const Report& report) {
    std::string compared;
    for (const Comparison& each : report.verification.comparisons()) {
        compared += std::string(compared.empty() ? "{" : ", {") +
                    member("what", json_string(each.what)) + ", " +
                    member("found", number(each.found)) + ", " +
                    member("expected", number(each.expected)) + ", " +
                    member("holds", each.holds() ? "true" : "false") + "}";
    }
    return std::string(1, '{') + member("benchmark", json_string(report.name)) + ", " +
           member("class", json_string(std::string(1, report.problem_class))) + ", " +
           member("size", json_string(report.size)) + ", " +
           member("iterations", std::to_string(report.iterations)) + ", " +
           member("seconds", number(report.seconds)) + ", " +
           member("processes", std::to_string(report.processes)) + ", " +
           member("mops_total", number(report.mops())) + ", " +
           member("mops_per_process", number(report.mops() / report.processes)) + ", " +
           member("operation_type", json_string(report.operation_type)) + ", " +
           member("verified", report.verified ? "true" : "false") + ", " +
           member("version", json_string(UCX_CRYPTO_NPB_VERSION)) + ", " +
           member("comparisons", "[" + compared + "]") + "}\n";
}

}  // namespace ucx_crypto::npb
