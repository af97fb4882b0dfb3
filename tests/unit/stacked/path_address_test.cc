#include <catch2/catch.hpp>

#include "ucx_crypto/stacked/path_address.h"

namespace ucx_crypto::stacked {
namespace {

PathAddress example() {
    return {"rc_verbs", 0x0102030405060708, {{1, 2}, {3}, {4, 5, 6}, {0x10000, 0x1122, {7}}}};
}

}  // namespace

TEST_CASE("a path address has the published bytes and is read back") {
    const auto bytes = encode(example());
    REQUIRE(bytes.ok());
    CHECK(to_hex(*bytes) ==
          "02"
          "000872635f7665726273"
          "0102030405060708"
          "00020102"
          "000103"
          "0003040506"
          "00010000"
          "0000000000001122"
          "000107");
    const auto back = decode_path_address(*bytes);
    REQUIRE(back.ok());
    CHECK(back->transport == "rc_verbs");
    CHECK(back->session == 0x0102030405060708);
    CHECK(back->inner == example().inner);
}

TEST_CASE("a path address that is cut, too long or of another version is refused") {
    const Bytes bytes = encode(example()).value();
    for (size_t size = 0; size < bytes.size(); ++size) {
        CHECK_FALSE(decode_path_address(ByteView(bytes).first(size)).ok());
    }
    Bytes longer = bytes;
    longer.push_back(0);
    CHECK_FALSE(decode_path_address(longer).ok());
    Bytes version = bytes;
    version[0] = 1;
    CHECK_FALSE(decode_path_address(version).ok());

    for (const uint32_t ring : {1U, 0xffffU, (16U << 20) + 1, UINT32_MAX}) {
        PathAddress sized = example();
        sized.inner.ring.size = ring;
        CHECK_FALSE(decode_path_address(encode(sized).value()).ok());
    }

    PathAddress large = example();
    large.inner.endpoint.resize(kMaxAddressSize + 1);
    CHECK_FALSE(encode(large).ok());
    PathAddress key = example();
    key.inner.ring.key.resize(kMaxAddressSize + 1);
    CHECK_FALSE(encode(key).ok());
    PathAddress named = example();
    named.transport.assign(kMaxNameSize + 1, 'x');
    CHECK_FALSE(encode(named).ok());
    large.inner.endpoint.resize(kMaxAddressSize);
    CHECK(decode_path_address(encode(large).value()).ok());
}

TEST_CASE("a name that a log could not show as it is makes a path address malformed") {
    for (const char* name : {"rc\nverbs", "\x1b[2J", "rc verbs", "rc\x80", "rc\x7f"}) {
        PathAddress address = example();
        address.transport = name;
        const auto read = decode_path_address(encode(address).value());
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().message().find(name) == std::string::npos);
    }
}

}  // namespace ucx_crypto::stacked
