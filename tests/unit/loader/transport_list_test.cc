#include "ucx_crypto/base/transport_list.h"

#include <catch2/catch.hpp>
#include <cstdlib>

namespace ucx_crypto {

TEST_CASE("the alias is replaced wherever UCX takes a transport's name") {
    auto [given, expected] = GENERATE(table<std::string, std::string>({
        {"crypto_tcp", "crypto_tc"},
        {"^crypto_tcp", "^crypto_tc"},
        {"\\crypto_tcp", "\\crypto_tc"},
        {"crypto_tcp:aux", "crypto_tc:aux"},
        {"self,crypto_tcp,sm", "self,crypto_tc,sm"},
        {"crypto_tcp,crypto_tcp", "crypto_tc,crypto_tc"},
        {"^sm,crypto_tcp", "^sm,crypto_tc"},
        {"crypto_posix,crypto_sysv", "crypto_po,crypto_sy"},
    }));
    CHECK(replace_alias(given) == expected);
}

TEST_CASE("other names stay as they are") {
    auto list =
        GENERATE(as<std::string>{}, "", "tcp", "all", "crypto_tc", "crypto_tcpx", "xcrypto_tcp",
                 "crypto_tcp_2", "CRYPTO_TCP", "a,,b", "rc_x,^", "crypto_rc");
    CHECK(replace_alias(list) == list);
}

TEST_CASE("UCX_TLS and its prefixed forms are transport lists, others not") {
    CHECK(is_transport_list("UCX_TLS"));
    CHECK(is_transport_list("MPI_UCX_TLS"));
    CHECK(is_transport_list("OSHMEM_UCX_TLS"));
    CHECK_FALSE(is_transport_list("_UCX_TLS"));
    CHECK_FALSE(is_transport_list("UCX_TLSX"));
    CHECK_FALSE(is_transport_list("XUCX_TLS"));
    CHECK_FALSE(is_transport_list("UCX_NET_DEVICES"));
    CHECK_FALSE(is_transport_list(""));
}

TEST_CASE("a crypto transport is named by a list of choices, not of exclusions") {
    for (const char* list : {"crypto_tcp", "crypto_tc", "self,crypto_rc", "\\crypto_tcp",
                             "tcp,crypto_tcp", "crypto_dc:aux"}) {
        INFO(list);
        CHECK(names_crypto_transport(list));
    }
    for (const char* list : {"", "tcp", "all", "^crypto_tcp", "^tcp,crypto_tcp", "mycrypto_tcp"}) {
        INFO(list);
        CHECK_FALSE(names_crypto_transport(list));
    }
}

TEST_CASE("a transport is named by its whole name or its alias, in a list of choices") {
    for (const char* list :
         {"crypto_posix", "crypto_po", "sm,\\crypto_posix:aux", "self,crypto_po"}) {
        INFO(list);
        CHECK(names_transport(list, "crypto_po"));
    }
    for (const char* list : {"", "all", "^crypto_posix", "crypto_tcp", "crypto_pox", "posix"}) {
        INFO(list);
        CHECK_FALSE(names_transport(list, "crypto_po"));
    }
}

TEST_CASE("the environment's lists are replaced and nothing else") {
    setenv("UCX_TLS", "self,crypto_tcp", 1);
    setenv("TEST_UCX_TLS", "^crypto_tcp", 1);
    setenv("TEST_OTHER", "crypto_tcp", 1);
    replace_alias_in_environment();
    CHECK(getenv("UCX_TLS") == std::string("self,crypto_tc"));
    CHECK(getenv("TEST_UCX_TLS") == std::string("^crypto_tc"));
    CHECK(getenv("TEST_OTHER") == std::string("crypto_tcp"));
    for (const char* name : {"UCX_TLS", "TEST_UCX_TLS", "TEST_OTHER"}) {
        unsetenv(name);
    }
    CHECK(transport_lists(nullptr).empty());
}

}  // namespace ucx_crypto
