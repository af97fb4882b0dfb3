// The layouts of WIRE.md, byte by byte.
#include "ucx_crypto/tcp/frame.h"

#include "tests/unit/tcp/authenticated_peer.h"

namespace ucx_crypto::tcp {
namespace {

constexpr uint64_t kSomeOperation = 0x0102030405060708;
constexpr uint64_t kAddress = 0x1112131415161718;
constexpr uint64_t kLength = 0x2122232425262728;

Token token() {
    Token bytes{};
    for (size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<uint8_t>(0xa0 + i);
    }
    return bytes;
}

}  // namespace

TEST_CASE("A frame starts with kind, AM id, two zero bytes and the length of its body") {
    const Bytes payload{0xde, 0xad};
    CHECK(to_hex(make_frame(FrameKind::kActiveMessage, payload, 0x1f)) == "011f000000000002dead");
}

TEST_CASE("Every kind of frame has the bytes that WIRE.md gives") {
    CHECK(to_hex(make_frame(FrameKind::kActiveMessage, ByteView{}, 3)) == "0103000000000000");
    CHECK(to_hex(make_put_begin(kSomeOperation, token(), kAddress, kLength)) ==
          "0200000000000028"
          "0102030405060708"
          "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
          "1112131415161718"
          "2122232425262728");
    const Bytes payload{0xbe, 0xef, 0x99};
    CHECK(to_hex(make_put_data(kSomeOperation, kLength, payload)) ==
          "0300000000000013"
          "0102030405060708"
          "2122232425262728"
          "beef99");
    CHECK(to_hex(make_frame(FrameKind::kPutAbort, kSomeOperation)) ==
          "0400000000000008"
          "0102030405060708");
    CHECK(to_hex(make_frame(FrameKind::kPutAck, kSomeOperation)) ==
          "0500000000000008"
          "0102030405060708");
    CHECK(to_hex(make_frame(FrameKind::kFlushRequest, kSomeOperation)) ==
          "0600000000000008"
          "0102030405060708");
    CHECK(to_hex(make_frame(FrameKind::kFlushAck, kSomeOperation)) ==
          "0700000000000008"
          "0102030405060708");
    const Bytes one{1};
    CHECK(to_hex(make_frame(FrameKind::kHandles, one)) == "080000000000000101");
    // The first two of three bytes.
    CHECK(to_hex(to_bytes(encode(FrameHeader{FrameKind::kSplitMessage, 0x1f, 3})) +
                 ByteView(payload).first(2)) == "091f000000000003beef");
}

TEST_CASE("Decoding gives back what was encoded") {
    const Bytes payload = pattern(5, 1);
    const Bytes record = make_put_begin(kSomeOperation, token(), kAddress, kLength) +
                         make_put_data(kSomeOperation, 0, payload) +
                         make_frame(FrameKind::kActiveMessage, payload, 9);
    ByteView rest = record;

    const auto begin_frame = take_frame(rest);
    REQUIRE(begin_frame.ok());
    const auto begin = decode_put_begin(begin_frame->body);
    REQUIRE(begin.ok());
    CHECK(begin->operation == kSomeOperation);
    CHECK(begin->token == token());
    CHECK(begin->address == kAddress);
    CHECK(begin->length == kLength);

    const auto data_frame = take_frame(rest);
    REQUIRE(data_frame.ok());
    ByteView body;
    const auto position = decode_put_position(data_frame->body, body);
    REQUIRE(position.ok());
    CHECK(position->operation == kSomeOperation);
    CHECK(position->offset == 0);
    CHECK(equal(body, payload));

    const auto message = take_frame(rest);
    REQUIRE(message.ok());
    CHECK(message->header.am_id == 9);
    CHECK(equal(message->body, payload));
    CHECK(rest.empty());
}

TEST_CASE("A split message takes all of its record, and never has enough") {
    const Bytes record = to_bytes(encode(FrameHeader{FrameKind::kSplitMessage, 9, 6})) + Bytes(5);
    ByteView rest = record;
    const auto frame = take_frame(rest);
    REQUIRE(frame.ok());
    CHECK(frame->header.am_id == 9);
    CHECK(frame->header.length == 6);
    CHECK(frame->body.size() == 5);
    CHECK(rest.empty());
    for (const uint32_t length : {0U, 4U, 5U}) {
        const Bytes complete =
            to_bytes(encode(FrameHeader{FrameKind::kSplitMessage, 9, length})) + Bytes(5);
        rest = complete;
        CHECK_FALSE(take_frame(rest).ok());
    }
}

TEST_CASE("Bytes that are no frame are refused") {
    const auto refused = [](Bytes bytes) {
        ByteView rest = bytes;
        const auto frame = take_frame(rest);
        return !frame.ok() && frame.error().code() == ErrorCode::kProtocol;
    };
    const Bytes good = make_frame(FrameKind::kActiveMessage, pattern(4, 1), 1);
    CHECK_FALSE(refused(good));
    for (size_t size = 0; size < good.size(); ++size) {
        CAPTURE(size);
        CHECK(refused(to_bytes(ByteView(good).first(size))));
    }
    for (const int kind : {0, 9, 0x81, 0xff}) {
        CAPTURE(kind);
        Bytes bytes = good;
        bytes[0] = static_cast<uint8_t>(kind);
        CHECK(refused(bytes));
    }
    for (const size_t offset : {2U, 3U}) {
        CAPTURE(offset);
        Bytes bytes = good;
        bytes[offset] = 1;
        CHECK(refused(bytes));
    }
    Bytes long_length = good;
    long_length[4] = 0xff;
    CHECK(refused(long_length));
    Bytes id_of_another_kind = make_frame(FrameKind::kPutAck, 1);
    id_of_another_kind[1] = 1;
    CHECK(refused(id_of_another_kind));
}

TEST_CASE("A body that is longer or shorter than its kind allows is refused") {
    const Bytes begin = to_bytes(encode(PutBegin{1, token(), 2, 3}));
    CHECK(decode_put_begin(begin).ok());
    CHECK_FALSE(decode_put_begin(begin + Bytes{0}).ok());
    CHECK_FALSE(decode_put_begin(ByteView(begin).first(begin.size() - 1)).ok());

    const Bytes number = to_bytes(encode_u64(1));
    CHECK(decode_u64(number).ok());
    CHECK_FALSE(decode_u64(number + Bytes{0}).ok());
    CHECK_FALSE(decode_u64(ByteView(number).first(7)).ok());

    ByteView payload;
    CHECK(decode_put_position(encode(PutPosition{1, 2}), payload).ok());
    CHECK(payload.empty());
    CHECK_FALSE(decode_put_position(ByteView(encode(PutPosition{1, 2})).first(15), payload).ok());
}

}  // namespace ucx_crypto::tcp
