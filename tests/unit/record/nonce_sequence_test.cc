#include "ucx_crypto/record/nonce_sequence.h"

#include <catch2/catch.hpp>

namespace ucx_crypto::record {

TEST_CASE("The nonce is the static IV xor the sequence number") {
    NonceSequence nonces({0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0}, 0x0102);
    CHECK(*nonces.next() == aead::NonceBytes{0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xf2});
    CHECK(*nonces.next() == aead::NonceBytes{0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xf3});

    NonceSequence all({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 0x1020304050607080);
    CHECK(*all.next() ==
          aead::NonceBytes{1, 2, 3, 4, 0x15, 0x26, 0x37, 0x48, 0x59, 0x6a, 0x7b, 0x8c});
}

TEST_CASE("The last nonce is given once and the sequence never wraps") {
    NonceSequence nonces({}, UINT64_MAX);
    CHECK(nonces.next().has_value());
    CHECK(!nonces.next().has_value());
    CHECK(!nonces.next().has_value());
}

TEST_CASE("A sequence that was moved away gives no nonce") {
    NonceSequence first({}, 5);
    NonceSequence second(std::move(first));
    CHECK(second.next().has_value());
    CHECK(!first.next().has_value());  // NOLINT(bugprone-use-after-move): what is promised
}

}  // namespace ucx_crypto::record
