#include <catch2/catch.hpp>
#include <numeric>

#include "bench/duel/report.h"

using namespace ucx_crypto::duel;

namespace {

std::vector<double> up_to(int count) {
    std::vector<double> figures(static_cast<size_t>(count));
    std::iota(figures.rbegin(), figures.rend(), 1.0);
    return figures;
}

const Row kRow = {.size = 8,
                  .a = 8.005,
                  .b = 9.996,
                  .ratio = 1.2489,
                  .interval = {.low = 1.2, .high = 1.3},
                  .repetitions = 90};

Options tcp_against(const char* other) {
    const std::vector<const char*> words = {"tcp", other, "--blocks", "5"};
    return parse_options(words).value();
}

}  // namespace

TEST_CASE("the median does not depend on the order, nor on an outlier") {
    CHECK(median({3, 1, 2}) == 2);
    CHECK(median({4, 1, 3, 2}) == 2.5);
    CHECK(median({1, 2, 1e9}) == 2);
    CHECK(median({7}) == 7);
}

TEST_CASE("the median's interval has the ranks of the binomial distribution") {
    // Ranks from published tables for 95 %: 2 and 9 of 10, 40 and 61 of 100 (one wider on each side
    // here and there, which the approximation may be).
    const Interval of_ten = median_interval(up_to(10));
    CHECK(of_ten.low >= 1);
    CHECK(of_ten.low <= 2);
    CHECK(of_ten.high == 11 - of_ten.low);
    const Interval of_hundred = median_interval(up_to(100));
    CHECK(of_hundred.low >= 39);
    CHECK(of_hundred.low <= 40);
    CHECK(of_hundred.high == 101 - of_hundred.low);
    CHECK(median_interval({5}).low == 5);
    CHECK(median_interval({5}).high == 5);
    CHECK(median_interval({2, 1}).low == 1);
    CHECK(median_interval({2, 1}).high == 2);
}

TEST_CASE("duel's columns are size, A, B, ratio and its interval") {
    CHECK(heading(tcp_against("crypto_tcp"), false) ==
          "# one-way latency of ping-pong, 5 blocks each: A = tcp, B = crypto_tcp\n"
          "# Size            A (us)        B (us)     Ratio       Low      High\n");
    CHECK(heading(tcp_against("crypto_tcp"), true) ==
          "# one-way latency of ping-pong, 5 blocks each: A = tcp, B = tcp (control)\n"
          "# Size            A (us)        B (us)     Ratio       Low      High\n");
    CHECK(row_line(kRow) ==
          "8                   8.01         10.00     1.249     1.200     1.300\n");
}

TEST_CASE("duel's JSON is one object per line, with names escaped") {
    Options options = tcp_against("crypto_tcp");
    options.b.name = "a \"b\"\\";
    CHECK(json_line(options, false, kRow) ==
          R"({"benchmark": "duel", "test": "lat", "unit": "us", "control": false, "a": "tcp", )"
          R"("b": "a \"b\"\\", "size": 8, "a_median": 8.005, "b_median": 9.996, "ratio": 1.2489, )"
          R"("low": 1.2, "high": 1.3, "blocks": 5, "repetitions": 90, "window": 1})"
          "\n");
    CHECK(json_line(options, true, kRow).find(R"("control": true, "a": "tcp", "b": "tcp",)") !=
          std::string::npos);
}
