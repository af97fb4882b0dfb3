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
    CHECK(options->sizes == powers(4, 4096));
    CHECK(options->blocks == 7);
    CHECK(options->json);
}

TEST_CASE("duel's sizes are powers between two, or those that were named") {
    using Sizes = std::vector<size_t>;
    for (const auto& [text, expected] :
         {std::pair{"8:64", Sizes{8, 16, 32, 64}}, std::pair{"3:11", Sizes{3, 6}},
          std::pair{"8", Sizes{8}}, std::pair{"1024,8,65536", Sizes{1024, 8, 65536}}}) {
        const auto options = parse({"tcp", "tcp", "-m", text});
        REQUIRE(options);
        CHECK(options->sizes == expected);
    }
    const auto options = parse({"tcp", "tcp", "-m", "1024,65536,8"});
    REQUIRE(options);
    CHECK(options->largest() == 65536);
}

TEST_CASE("duel refuses what it does not understand, and says what it expected") {
    using Words = std::vector<const char*>;
    for (const Words& words :
         {Words{}, Words{"tcp"}, Words{"tcp", "tcp", "tcp"}, Words{"tcp", "nonsense"},
          Words{"tcp", "tcp", "-t"}, Words{"tcp", "tcp", "-t", "latency"},
          Words{"tcp", "tcp", "-m", "8,"}, Words{"tcp", "tcp", "-m", "8,0"},
          Words{"tcp", "tcp", "-m", ""}, Words{"tcp", "tcp", "-m", "0:8"},
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
