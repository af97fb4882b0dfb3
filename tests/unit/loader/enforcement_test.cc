#include "ucx_crypto/base/enforcement.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

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

TEST_CASE("UCX_CRYPTO_ENFORCE=n lifts enforcement, but never what is required") {
    CHECK_FALSE(decide_enforcement({.crypto_named = true, .enforce = "n"}).enforced);
    CHECK(decide_enforcement({.require = "y", .enforce = "off"}).enforced);
    CHECK(
        decide_enforcement({.crypto_named = true, .enforce = "n", .site_requires = true}).enforced);
    CHECK(decide_enforcement({.crypto_named = true, .enforce = "nonsense"}).enforced);
    CHECK(decide_enforcement({.crypto_named = true, .enforce = ""}).enforced);
}

TEST_CASE("an enforced process may name our transports, those within a host, and no others") {
    for (const char* list : {"crypto_tc", "crypto_tc,self,sm", "all", "^tcp", "\\crypto_rc", "",
                             "posix,cma,crypto_tc:aux"}) {
        INFO(list);
        CHECK(forbidden_transport(list).empty());
    }
    CHECK(forbidden_transport("crypto_tc,tcp") == "tcp");
    CHECK(forbidden_transport("rc_x:aux,crypto_tc") == "rc_x");
    CHECK(forbidden_transport("\\ud_v") == "ud_v");
    CHECK(forbidden_transport("crypto") == "crypto");
    CHECK_FALSE(is_allowed_transport("sm"));
    CHECK_FALSE(is_allowed_transport("tcp"));
}

TEST_CASE("the objection names the variable") {
    const char* const clear[] = {"UCX_TLS=crypto_tc", "MPI_UCX_TLS=tcp", nullptr};
    CHECK(objection(clear).find("MPI_UCX_TLS=tcp") != std::string::npos);
    const char* const encrypted[] = {"UCX_TLS=crypto_tc", "A=tcp", nullptr};
    CHECK(objection(encrypted).empty());
}

TEST_CASE(
    "a transport in clear in the file that UCX reads is an objection, another setting is none") {
    const char* const environment[] = {"UCX_TLS=crypto_tc", nullptr};
    const std::string path = "enforcement_test.ucx.conf";
    const auto found = [&](const char* text) {
        std::ofstream(path) << text;
        return objection(environment, path.c_str());
    };
    CHECK(objection(environment, "nonexistent.conf").empty());
    CHECK(found("[section]\n# UCX_TLS=tcp\n;UCX_TLS=tcp\nUCX_RNDV_THRESH=tcp\nUCX_TLS\n").empty());
    CHECK(found("UCX_TLS=crypto_tcp,self ; tcp\n").empty());
    for (const char* line : {"UCX_TLS=tcp", " UCX_TLS = tcp\r\n", "\nUCX_TLS:self,tcp ; why",
                             "UCX_TLS=self\nMPI_UCX_TLS=tcp\n"}) {
        INFO(line);
        CHECK(found(line).find("found 'tcp'") != std::string::npos);
    }
    std::remove(path.c_str());
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
