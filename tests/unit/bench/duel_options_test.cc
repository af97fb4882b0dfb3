#include <catch2/catch.hpp>

#include "bench/duel/options.h"

using namespace ucx_crypto;
using namespace ucx_crypto::duel;

namespace {

Result<Options> parse(std::vector<const char*> words) {
    return parse_options(words);
}

}  // namespace

TEST_CASE("duel's options come in any order with its configurations") {
    const auto options =
        parse({"-t", "put", "tcp", "--json", "crypto_tcp", "-m", "4:4096", "--blocks", "7"});
    REQUIRE(options);
    CHECK(options->test == Test::kPut);
    CHECK(options->a.name == "tcp");
    CHECK(options->b.name == "crypto_tcp");
    CHECK(options->min_size == 4);
    CHECK(options->max_size == 4096);
    CHECK(options->blocks == 7);
    CHECK(options->json);
}

TEST_CASE("duel refuses what it does not understand, and says what it expected") {
    using Words = std::vector<const char*>;
    for (const Words& words :
         {Words{}, Words{"tcp"}, Words{"tcp", "tcp", "tcp"}, Words{"tcp", "nonsense"},
          Words{"tcp", "tcp", "-t"}, Words{"tcp", "tcp", "-t", "latency"},
          Words{"tcp", "tcp", "-m", "8"}, Words{"tcp", "tcp", "-m", "0:8"},
          Words{"tcp", "tcp", "-m", "16:8"}, Words{"tcp", "tcp", "-m", "8:1073741825"},
          Words{"tcp", "tcp", "--blocks", "0"}, Words{"tcp", "tcp", "-W", "x"},
          Words{"tcp", "tcp", "--bogus"}}) {
        const auto options = parse(words);
        REQUIRE_FALSE(options);
        CHECK(options.error().code() == ErrorCode::kInvalidArgument);
    }
    CHECK(parse({"tcp", "nonsense"}).error().message().find("crypto_tcp128") != std::string::npos);
}

TEST_CASE("a window is OSU's 64, fewer large messages, or what was asked for") {
    auto options = parse({"tcp", "tcp"});
    REQUIRE(options);
    CHECK(options->window_of(1) == 64);
    CHECK(options->window_of(65536) == 64);
    CHECK(options->window_of(1 << 20) == 4);
    CHECK(options->window_of(1 << 30) == 4);
    options = parse({"tcp", "tcp", "-W", "16"});
    REQUIRE(options);
    CHECK(options->window_of(1 << 20) == 16);
}
