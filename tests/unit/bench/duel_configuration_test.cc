#include <catch2/catch.hpp>

#include "bench/duel/configuration.h"

using namespace ucx_crypto;
using namespace ucx_crypto::duel;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

Configuration parsed(std::string_view text) {
    auto result = parse_configuration(text);
    REQUIRE(result);
    return *result;
}

}  // namespace

TEST_CASE("known configurations name UCX's transports and settings") {
    CHECK(parsed("tcp").transports == "tcp");
    CHECK(parsed("tcp").variables.empty());
    CHECK(parsed("tcp64k").variables == Variables{{"UCX_TCP_TX_SEG_SIZE", "64k"}});
    CHECK(parsed("crypto_tcp").transports == "crypto_tc");
    CHECK(parsed("crypto_tcp").name == "crypto_tcp");
    CHECK(parsed("crypto_tcp128").variables == Variables{{"UCX_CRYPTO_ALGORITHM", "aes128"}});
}

TEST_CASE("further settings add to a known configuration or make one of the user's own") {
    CHECK(parsed("tcp64k:UCX_TCP_TX_SEG_SIZE=16k,UCX_TCP_SNDBUF=1m").variables ==
          Variables{{"UCX_TCP_TX_SEG_SIZE", "16k"}, {"UCX_TCP_SNDBUF", "1m"}});
    const Configuration own = parsed("mine:UCX_TLS=crypto_tcp,sm,self,UCX_CRYPTO_ALGORITHM=aes128");
    CHECK(own.name == "mine");
    CHECK(own.transports == "crypto_tc,sm,self");
    CHECK(own.variables == Variables{{"UCX_CRYPTO_ALGORITHM", "aes128"}});
}

TEST_CASE("a configuration that means nothing is refused") {
    for (const char* text : {"", "nonsense", "mine:UCX_RNDV_THRESH=1", "tcp:RNDV_THRESH=1",
                             "tcp:UCX_RNDV_THRESH", ":UCX_TLS=tcp"}) {
        CAPTURE(text);
        auto result = parse_configuration(text);
        REQUIRE_FALSE(result);
        CHECK(result.error().code() == ErrorCode::kInvalidArgument);
    }
}

TEST_CASE("a configuration cannot touch whether its process must encrypt") {
    CHECK_FALSE(parse_configuration("tcp:UCX_CRYPTO_REQUIRE=n"));
    CHECK_FALSE(parse_configuration("tcp:UCX_CRYPTO_ENFORCE=n"));
}

TEST_CASE("which configurations are encrypted, and which may send in clear") {
    CHECK_FALSE(parsed("tcp").encrypted());
    CHECK(parsed("tcp").clear());
    CHECK(parsed("crypto_tcp128").encrypted());
    CHECK_FALSE(parsed("crypto_tcp128").clear());
    CHECK_FALSE(parsed("x:UCX_TLS=crypto_tcp,sm,self").clear());
    CHECK(parsed("x:UCX_TLS=crypto_tcp,tcp").clear());
    CHECK(parsed("x:UCX_TLS=^crypto_tcp").clear());
    CHECK(parsed("x:UCX_TLS=all").clear());
}
