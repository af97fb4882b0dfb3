#include "ucx_crypto/cli/child.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace ucx_crypto::cli {

TEST_CASE("what a child prints is returned, from both of its outputs") {
    auto output = output_of_child([] {
        std::printf("one\n");
        std::fflush(stdout);
        std::fprintf(stderr, "two\n");
        return 0;
    });
    REQUIRE(output);
    CHECK(*output == "one\ntwo");
}

TEST_CASE("a child that crashes, ends or throws is an error with what it had said") {
    auto crashed = output_of_child([] {
        signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would end it in another way
        return raise(SIGSEGV);
    });
    REQUIRE_FALSE(crashed);
    CHECK(crashed.error().message().find("crashed (Segmentation fault)") != std::string::npos);

    auto ended = output_of_child([]() -> int {
        static_cast<void>(write(STDERR_FILENO, "expected more", 13));
        _exit(1);
    });
    REQUIRE_FALSE(ended);
    CHECK(ended.error().message() == "expected more");

    auto silent = output_of_child([] { return 3; });
    REQUIRE_FALSE(silent);
    CHECK(silent.error().message() == "it ended with status 3");

    auto threw = output_of_child([]() -> int { throw std::runtime_error("thrown"); });
    REQUIRE_FALSE(threw);
    CHECK(threw.error().message() == "thrown");
}

TEST_CASE("a child that hangs is killed") {
    auto hung = output_of_child(
        [] {
            pause();
            return 0;
        },
        std::chrono::milliseconds(50));
    REQUIRE_FALSE(hung);
    CHECK(hung.error().code() == ErrorCode::kTimedOut);
}

TEST_CASE("what a child changes stays in the child") {
    unsetenv("UCX_CRYPTO_TEST");
    CHECK(output_of_child([] { return setenv("UCX_CRYPTO_TEST", "x", 1); }));
    CHECK(std::getenv("UCX_CRYPTO_TEST") == nullptr);
}

}  // namespace ucx_crypto::cli
