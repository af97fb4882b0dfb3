#include "ucx_crypto/base/enforcement.h"

#include <catch2/catch.hpp>
#include <cstdlib>

namespace ucx_crypto {

TEST_CASE("nothing is enforced that nobody asked for") {
    CHECK_FALSE(decide_enforcement({}).enforced);
    for (const char* no : {"n", "NO", "0", "off", "False", ""}) {
        CHECK_FALSE(decide_enforcement({.require = no}).enforced);
    }
}

TEST_CASE("naming a crypto transport, requiring one, or the site enforces") {
    CHECK(decide_enforcement({.crypto_named = true}).enforced);
    CHECK(decide_enforcement({.site_requires = true}).enforced);
    for (const char* yes : {"y", "yes", "1", "on", "nonsense"}) {
        CHECK(decide_enforcement({.require = yes}).enforced);
    }
}

TEST_CASE("UCX_CRYPTO_ENFORCE=n lifts enforcement, but never the site's") {
    CHECK_FALSE(decide_enforcement({.crypto_named = true, .enforce = "n"}).enforced);
    CHECK_FALSE(decide_enforcement({.require = "y", .enforce = "off"}).enforced);
    CHECK(
        decide_enforcement({.crypto_named = true, .enforce = "n", .site_requires = true}).enforced);
    CHECK(decide_enforcement({.crypto_named = true, .enforce = "nonsense"}).enforced);
    CHECK(decide_enforcement({.crypto_named = true, .enforce = ""}).enforced);
}

TEST_CASE("a prefixed transport list in the environment enforces as well") {
    unsetenv("UCX_TLS");
    unsetenv("UCX_CRYPTO_REQUIRE");
    unsetenv("UCX_CRYPTO_ENFORCE");
    CHECK_FALSE(decide_enforcement(false).enforced);
    setenv("MPI_UCX_TLS", "crypto_tcp", 1);
    CHECK(decide_enforcement(false).enforced);
    unsetenv("MPI_UCX_TLS");
}

}  // namespace ucx_crypto
