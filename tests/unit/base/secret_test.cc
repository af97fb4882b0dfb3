#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <type_traits>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/base/secret.h"

using namespace ucx_crypto;

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);

namespace {

/// Runs `check` in a forked child and returns whether it held there.
template <typename Check>
bool holds_in_child(Check check) {
    const pid_t child = fork();
    if (child == 0) {
        _exit(check() ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a secret's memory is wiped when it is released") {
    auto secret = SecretBytes::copy_of(as_bytes("attack at dawn, attack at dawn!"));
    const ByteView place = secret.expose();
    secret.wipe();
    CHECK(secret.empty());
    // The arena keeps its pages mapped, so the place can still be looked at.
    CHECK(std::all_of(place.begin(), place.end(), [](uint8_t byte) { return byte == 0; }));
}

TEST_CASE("moving a secret leaves nothing behind") {
    auto first = SecretBytes::random(32);
    const auto copy = SecretBytes::copy_of(first.expose());
    SecretBytes second = std::move(first);
    CHECK(first.empty());  // NOLINT(bugprone-use-after-move): that it is empty is the promise
    CHECK(second == copy);
}

TEST_CASE("released secret memory is given back to the arena") {
    const size_t before = SecretArena::instance().bytes_in_use();
    {
        const SecretBytes a(32), b(4096), c(100000);
        CHECK(SecretArena::instance().bytes_in_use() > before);
    }
    CHECK(SecretArena::instance().bytes_in_use() == before);
}

TEST_CASE("secrets of different contents or lengths differ") {
    CHECK_FALSE(SecretBytes::copy_of(as_bytes("abc")) == SecretBytes::copy_of(as_bytes("abd")));
    CHECK_FALSE(SecretBytes::copy_of(as_bytes("abc")) == SecretBytes::copy_of(as_bytes("abcd")));
    CHECK(SecretBytes() == SecretBytes());
}

TEST_CASE("a forked child is told apart and sees no secret") {
    REQUIRE(in_original_process());
    const auto secret = SecretBytes::copy_of(as_bytes("a key that a child must not have"));
    CHECK(holds_in_child([] { return !in_original_process(); }));
    CHECK(holds_in_child([&] {
        const ByteView place = secret.expose();
        return std::all_of(place.begin(), place.end(), [](uint8_t byte) { return byte == 0; });
    }));
    CHECK(in_original_process());
}
