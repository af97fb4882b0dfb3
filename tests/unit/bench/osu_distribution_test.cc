#include <catch2/catch.hpp>
#include <numeric>

#include "bench/osu/common/distribution.h"

using namespace ucx_crypto::osu;

namespace {

std::vector<double> up_to(std::size_t count) {
    std::vector<double> samples(count);
    std::iota(samples.rbegin(), samples.rend(), 1.0);
    return samples;
}

std::size_t total(const Distribution& distribution) {
    std::size_t count = 0;
    for (const Bucket& bucket : distribution.histogram) {
        count += bucket.count;
    }
    return count;
}

}  // namespace

TEST_CASE("percentiles are samples, by the nearest rank") {
    const Distribution thousand = distribution_of(up_to(1000));
    CHECK(thousand.samples == 1000);
    CHECK(thousand.min == 1);
    CHECK(thousand.p50 == 500);
    CHECK(thousand.p99 == 990);
    CHECK(thousand.p99_9 == 999);
    CHECK(thousand.max == 1000);
    const Distribution few = distribution_of({3, 1, 2});
    CHECK(few.p50 == 2);
    CHECK(few.p99 == 3);
    const Distribution one = distribution_of({7});
    CHECK(one.min == 7);
    CHECK(one.p99_9 == 7);
}

TEST_CASE("every sample is in one bucket of the histogram, whose borders do not depend on them") {
    const Distribution wide = distribution_of({0.9, 1, 1.2, 9.99, 10, 10.01, 1234});
    CHECK(total(wide) == 7);
    CHECK(wide.histogram.front().from == Approx(0.794).epsilon(0.001));
    CHECK(wide.histogram.front().to == 1);
    CHECK(wide.histogram[1].from == 1);
    CHECK(wide.histogram[1].count == 2);
    CHECK(wide.histogram[10].count == 1);  // 7.94 to 10
    CHECK(wide.histogram[11].count == 2);
    CHECK(wide.histogram.back().count == 1);
    CHECK(wide.histogram.back().to > 1234);
    for (std::size_t i = 1; i < wide.histogram.size(); ++i) {
        CHECK(wide.histogram[i].from == wide.histogram[i - 1].to);
    }
    CHECK(total(distribution_of(up_to(5000))) == 5000);
    CHECK(total(distribution_of({0, -1, 5})) == 3);
}

TEST_CASE("a histogram is printed as comments, a distribution as one line of JSON") {
    const Distribution found = distribution_of({1, 1, 1.5});
    CHECK(histogram_lines(found) ==
          "#         1.00 to         1.26 us            2 "
          "##################################################\n"
          "#         1.26 to         1.58 us            1 #########################\n");
    CHECK(json_line(8, found, nullptr) ==
          R"({"benchmark": "osu_jitter", "unit": "us", "size": 8, "samples": 3, "min": 1.000, )"
          R"("p50": 1.000, "p99": 1.500, "p99_9": 1.500, "max": 1.500, "histogram": [)"
          R"({"from": 1, "to": 1.259, "count": 2}, {"from": 1.259, "to": 1.585, "count": 1}], )"
          R"("verdict": null})"
          "\n");
    CHECK(json_line(8, found, "Pass").find(R"("verdict": "Pass")") != std::string::npos);
}
