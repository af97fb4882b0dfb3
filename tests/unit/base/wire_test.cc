#include <array>
#include <catch2/catch.hpp>

#include "ucx_crypto/base/wire.h"

using namespace ucx_crypto;

TEST_CASE("a reader returns what a writer wrote, in both byte orders") {
    std::array<uint8_t, 64> buffer{};
    WireWriter writer(buffer);
    writer.u8(0x12);
    writer.u16(0x3456);
    writer.u32(0x789abcde);
    writer.u64(0x0123456789abcdef);
    writer.u32_le(0x01020304);
    writer.field16(as_bytes("evidence"));
    const auto written = writer.finish("test");
    REQUIRE(written.ok());
    REQUIRE(buffer[1] == 0x34);
    REQUIRE(buffer[15] == 0x04);

    WireReader reader(*written);
    CHECK(reader.u8() == 0x12);
    CHECK(reader.u16() == 0x3456);
    CHECK(reader.u32() == 0x789abcde);
    CHECK(reader.u64() == 0x0123456789abcdef);
    CHECK(reader.u32_le() == 0x01020304);
    CHECK(as_text(reader.field16(16)) == "evidence");
    CHECK(reader.finish("test").ok());
}

TEST_CASE("a reader never reads beyond its input, and stays failed") {
    const std::array<uint8_t, 3> input{1, 2, 3};
    WireReader reader(input);
    CHECK(reader.u16() == 0x0102);
    CHECK(reader.u32() == 0);
    CHECK_FALSE(reader.ok());
    CHECK(reader.u8() == 0);
    CHECK(reader.remaining() == 0);
    CHECK(reader.finish("test").error().code() == ErrorCode::kProtocol);
}

TEST_CASE("a field longer than its limit or its input is refused") {
    const std::array<uint8_t, 4> input{0, 2, 7, 8};
    CHECK(WireReader(input).field16(2).size() == 2);
    WireReader limited(input);
    CHECK(limited.field16(1).empty());
    CHECK_FALSE(limited.ok());
    const std::array<uint8_t, 4> lying{0xff, 0xff, 7, 8};
    WireReader reader(lying);
    CHECK(reader.field16(65535).empty());
    CHECK_FALSE(reader.ok());
}

TEST_CASE("trailing bytes are an error") {
    const std::array<uint8_t, 2> input{1, 2};
    WireReader reader(input);
    reader.u8();
    CHECK_FALSE(reader.finish("test").ok());
}

TEST_CASE("a writer never writes beyond its output") {
    std::array<uint8_t, 4> buffer{9, 9, 9, 9};
    WireWriter writer(MutableByteView(buffer).first(3));
    writer.u16(1);
    writer.u16(2);
    CHECK_FALSE(writer.ok());
    CHECK(buffer[2] == 9);
    CHECK(buffer[3] == 9);
    CHECK(writer.finish("test").error().code() == ErrorCode::kExhausted);
}
