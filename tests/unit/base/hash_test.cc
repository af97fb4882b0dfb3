#include "ucx_crypto/base/hash.h"

#include <catch2/catch.hpp>

namespace ucx_crypto {

TEST_CASE("SHA-2 and HMAC have the published answers") {
    // FIPS 180-4's example "abc".
    CHECK(to_hex(sha256(as_bytes("abc")).value()) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hex(sha384(as_bytes("abc")).value()) ==
          "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
          "8086072ba1e7cc2358baeca134c825a7");
    // RFC 4231, test case 2.
    CHECK(to_hex(hmac(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).value()) ==
          "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
          "8e2240ca5e69e2c78b3239ecfab21649");
    CHECK(!hmac({}, as_bytes("data")).ok());
}

// RFC 5869 has no cases for SHA-384; tests/vectors compares derived keys with another library's.
TEST_CASE("HKDF is HMAC: extract over the input, expand over info and the counter 1") {
    const Hash extracted = hmac(as_bytes("salt"), as_bytes("input")).value();
    CHECK(equal(hkdf_extract(as_bytes("salt"), as_bytes("input")).value().expose(), extracted));
    const Hash block = hmac(extracted, as_bytes("info\x01")).value();
    Bytes out(kHashSize);
    for (const size_t size : {size_t{0}, size_t{1}, size_t{12}, kHashSize}) {
        const MutableByteView part = MutableByteView(out).first(size);
        REQUIRE(hkdf_expand(extracted, as_bytes("info"), part).ok());
        CHECK(equal(part, ByteView(block).first(size)));
    }
}

TEST_CASE("HKDF-Expand refuses more than one block") {
    Bytes out(kHashSize + 1);
    CHECK(!hkdf_expand(as_bytes("key"), as_bytes("info"), out).ok());
}

}  // namespace ucx_crypto
