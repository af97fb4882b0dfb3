#include <array>
#include <catch2/catch.hpp>
#include <limits>

#include "bench/npb/common/options.h"
#include "bench/npb/common/random.h"
#include "bench/npb/common/report.h"
#include "bench/npb/common/verification.h"

using namespace ucx_crypto::npb;

namespace {

/// a b mod 2^46 by the specification's own way with halves of 23 bits, in doubles.
double product(double a, double b) {
    constexpr double kTwo23 = 8388608;
    constexpr double kTwo46 = kTwo23 * kTwo23;
    const auto whole = [](double value) {
        return static_cast<double>(static_cast<std::int64_t>(value));
    };
    const double a1 = whole(a / kTwo23);
    const double a2 = a - kTwo23 * a1;
    const double b1 = whole(b / kTwo23);
    const double b2 = b - kTwo23 * b1;
    const double middle = a1 * b2 + a2 * b1;
    const double carried = middle - kTwo23 * whole(middle / kTwo23);
    const double sum = kTwo23 * carried + a2 * b2;
    return sum - kTwo46 * whole(sum / kTwo46);
}

ParseResult parse(std::initializer_list<const char*> arguments) {
    return parse_options({arguments.begin(), arguments.size()});
}

}  // namespace

TEST_CASE("random numbers are those of the specification's arithmetic in doubles") {
    Random random(314159265);
    double state = 314159265;
    for (int i = 0; i < 10000; ++i) {
        state = product(1220703125, state);
        REQUIRE(random.next() == state / 70368744177664.0);
    }
}

TEST_CASE("skipping random numbers leads where drawing them does") {
    for (const int count : {0, 1, 2, 3, 1000, 65537}) {
        Random drawn(271828183);
        for (int i = 0; i < count; ++i) {
            drawn.next();
        }
        Random skipped(271828183);
        skipped.skip(static_cast<std::uint64_t>(count));
        CHECK(skipped.state() == drawn.state());
    }
}

TEST_CASE("a class is named in either case, and nothing else is one") {
    for (const char letter : std::string("SWABC")) {
        const std::array<char, 2> upper{letter, '\0'};
        const std::array<char, 2> lower{static_cast<char>(letter - 'A' + 'a'), '\0'};
        REQUIRE(parse({"-c", upper.data()}).options);
        CHECK(parse({"-c", upper.data()}).options->problem_class == letter);
        REQUIRE(parse({"--class", lower.data()}).options);
        CHECK(parse({"--class", lower.data()}).options->problem_class == letter);
    }
    CHECK(parse({"-c", "D"}).error ==
          "option -c: expected a problem class, one of S, W, A, B, C, found 'D'");
    CHECK(parse({"-c", "AB"}).error.find("found 'AB'") != std::string::npos);
    CHECK(parse({"-c", ""}).error.find("found ''") != std::string::npos);
    CHECK(parse({"-c"}).error.find("found none") != std::string::npos);
    CHECK(parse({}).error.find("as in -c S, found none") != std::string::npos);
    CHECK(parse({"-c", "A", "--bogus"}).error == "unknown option '--bogus'");
    CHECK(parse({"-c", "A", "B"}).error == "expected options only, found 'B'");
    CHECK(parse({"-c", "A", "--json"}).options->json);
    CHECK(parse({"--help"}).options->action == Action::kHelp);
}

TEST_CASE("numbers of processes that do not suit a benchmark are named") {
    for (const int good : {1, 2, 4, 64}) {
        CHECK(process_error(ProcessRule::kPowerOfTwo, good, 0).empty());
    }
    for (const int good : {1, 4, 9, 144}) {
        CHECK(process_error(ProcessRule::kSquare, good, 0).empty());
    }
    CHECK(process_error(ProcessRule::kPowerOfTwo, 6, 0) ==
          "expected a number of processes that is a power of two, found 6: see mpirun's -np");
    CHECK(process_error(ProcessRule::kSquare, 8, 0) ==
          "expected a number of processes that is a square, found 8: see mpirun's -np");
    CHECK(process_error(ProcessRule::kPowerOfTwo, 16, 8) ==
          "expected at most 8 processes for this class, found 16: see mpirun's -np");
    CHECK(process_error(ProcessRule::kPowerOfTwo, 8, 8).empty());
}

TEST_CASE("a result is official within its tolerance and never without a comparison") {
    CHECK_FALSE(Verification().holds());
    const auto holds = [](double expected, double found, double tolerance) {
        Verification verification;
        verification.compare("first", 1, 1, 0);
        verification.compare("second", expected, found, tolerance);
        return verification.holds();
    };
    CHECK(holds(-2, -2.0000001, 1e-7));
    CHECK_FALSE(holds(-2, -2.001, 1e-7));
    CHECK_FALSE(holds(-2, 2, 1e-7));
    CHECK(holds(0, 0, 0));
    CHECK_FALSE(holds(0, 1, 0));
    CHECK_FALSE(holds(1, std::numeric_limits<double>::quiet_NaN(), 1e-7));
    CHECK_FALSE(holds(1, std::numeric_limits<double>::infinity(), 1e-7));
}

TEST_CASE("the block of results has NPB's names and columns") {
    Report report{.name = "MG",
                  .problem_class = 'A',
                  .size = grid_size(256, 256, 256),
                  .iterations = 4,
                  .seconds = 2,
                  .operations = 3e9,
                  .processes = 4};
    const std::string failed = result_block(report);
    CHECK(failed.find(" Verification    =             UNSUCCESSFUL\n") != std::string::npos);
    report.verified = true;
    const std::string text = result_block(report);
    CHECK(text.find("\n\n MG Benchmark Completed.\n"
                    " Class           =                        A\n"
                    " Size            =            256x 256x 256\n"
                    " Iterations      =                        4\n"
                    " Time in seconds =                     2.00\n"
                    " Total processes =                        4\n"
                    " Mop/s total     =                  1500.00\n"
                    " Mop/s/process   =                   375.00\n"
                    " Operation type  =           floating point\n"
                    " Verification    =               SUCCESSFUL\n"
                    " Version         = ") != std::string::npos);
    CHECK(result_json(report).find("\"verified\": true") != std::string::npos);
}
