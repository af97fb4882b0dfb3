#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "bench/osu/common/report.h"

using namespace ucx_crypto::osu;

TEST_CASE("columns are OSU's: size in 10, figures in 18 with two decimals") {
    CHECK(column_line(std::array<std::string_view, 1>{"Latency (us)"}, false, false) ==
          "# Size          Latency (us)\n");
    CHECK(column_line(std::array<std::string_view, 1>{"Bandwidth (MB/s)"}, false, true) ==
          "# Size      Bandwidth (MB/s)        Validation\n");
    CHECK(column_line(std::array<std::string_view, 2>{"MB/s", "Messages/s"}, false, false) ==
          "# Size                  MB/s        Messages/s\n");
    CHECK(column_line(std::array<std::string_view, 3>{"Avg Latency(us)", "Min Latency(us)",
                                                      "Max Latency(us)"},
                      true, false) ==
          "# Size       Avg Latency(us)   Min Latency(us)   Max Latency(us)  Iterations\n");

    // Without sizes, as osu_barrier.
    CHECK(column_line(std::array<std::string_view, 1>{"Avg Latency(us)"}, false, false, false) ==
          "# Avg Latency(us)\n");
    CHECK(column_line(std::array<std::string_view, 2>{"Avg Latency(us)", "Min Latency(us)"}, true,
                      false, false) == "# Avg Latency(us)   Min Latency(us)  Iterations\n");
    CHECK(row_line({.size = std::nullopt, .figures = std::array{9.25, 1.0}}) ==
          "             9.25              1.00\n");

    CHECK(row_line({.size = 8, .figures = std::array{1.005, 1234567.891}}) ==
          "8                       1.00        1234567.89\n");
    CHECK(row_line({.size = 4194304, .figures = std::array{0.5}, .verdict = "Pass"}) ==
          "4194304                 0.50              Pass\n");
    CHECK(row_line({.size = 4, .figures = std::array{2.0}, .iterations = 1000}) ==
          "4                       2.00        1000\n");
}

TEST_CASE("the title line names the benchmark as OSU does and says whose it is") {
    const Benchmark benchmark = {.program = "osu_bw", .title = "Bandwidth Test"};
    const std::string line = title_line(benchmark);
    CHECK(line.rfind("# OSU MPI Bandwidth Test v", 0) == 0);
    CHECK(line.find("(ucx-crypto)\n") != std::string::npos);
}

TEST_CASE("a row as JSON names the benchmark and every figure, and is null where there is none") {
    const Benchmark benchmark = {.program = "osu_bw", .title = "Bandwidth Test"};
    const std::array<std::string, 2> columns = {"A us", "B"};
    CHECK(json_line(benchmark, columns,
                    {.size = 8, .figures = std::array{1.5, 2.0}, .verdict = "Pass"}) ==
          R"({"benchmark": "osu_bw", "size": 8, "figures": {"A us": 1.5, "B": 2}, )"
          R"("iterations": null, "verdict": "Pass"})"
          "\n");
}
