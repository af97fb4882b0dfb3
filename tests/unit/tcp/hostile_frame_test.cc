// Frames of a peer that has valid keys and does not keep to the protocol.
#include "tests/unit/tcp/authenticated_peer.h"

namespace ucx_crypto::tcp {
namespace {

void check_refused(const Bytes& record) {
    Node node;
    AuthenticatedPeer intruder(node);
    REQUIRE(intruder.connect());
    // A good message before it is delivered, one after it is not.
    intruder.send(make_frame(FrameKind::kActiveMessage, pattern(10, 1), 1));
    intruder.send(record);
    intruder.send(make_frame(FrameKind::kActiveMessage, pattern(10, 1), 2));
    REQUIRE(take_turns_until([&] { return intruder.ended(); }, node, intruder));
    REQUIRE(node.failures.size() == 1);
    CHECK_FALSE(node.failures[0].orderly);
    CHECK(node.failures[0].code == ErrorCode::kProtocol);
    REQUIRE(node.received.size() == 1);
    CHECK(node.received[0].am_id == 1);
    CHECK(node.engine().link_count() == 0);
}

Bytes with_byte(Bytes frame, size_t offset, uint8_t value) {
    frame.at(offset) = value;
    return frame;
}

}  // namespace

TEST_CASE("A record that is not made of whole, known frames ends the connection") {
    const Bytes message = make_frame(FrameKind::kActiveMessage, pattern(10, 1), 2);
    check_refused(GENERATE_COPY(with_byte(message, 0, 0),     // unknown kinds
                                with_byte(message, 0, 9),     //
                                with_byte(message, 0, 255),   //
                                with_byte(message, 2, 1),     // reserved bytes
                                with_byte(message, 3, 1),     //
                                with_byte(message, 4, 0xff),  // longer than the record
                                with_byte(message, 7, 11),    // by one byte
                                Bytes(1, 1), Bytes(7, 1),     // shorter than a header
                                to_bytes(ByteView(message).first(12))));
}

TEST_CASE("A frame whose body is not what its kind wants ends the connection") {
    const Bytes seven(7);
    const Bytes nine(9);
    check_refused(GENERATE_COPY(
        make_frame(FrameKind::kPutBegin, Bytes(PutBegin::kSize - 1)),
        make_frame(FrameKind::kPutBegin, Bytes(PutBegin::kSize + 1)),
        make_frame(FrameKind::kPutData, Bytes(PutPosition::kSize - 1)),
        make_frame(FrameKind::kPutAbort, seven), make_frame(FrameKind::kPutAbort, nine),
        make_frame(FrameKind::kPutAck, seven), make_frame(FrameKind::kPutAck, nine),
        make_frame(FrameKind::kFlushRequest, seven), make_frame(FrameKind::kFlushRequest, nine),
        make_frame(FrameKind::kFlushAck, seven), make_frame(FrameKind::kFlushAck, nine),
        make_frame(FrameKind::kHandles, Bytes{}), make_frame(FrameKind::kHandles, Bytes{2}),
        make_frame(FrameKind::kHandles, Bytes{0, 0})));
}

TEST_CASE("An acknowledgement of what was never sent ends the connection") {
    check_refused(GENERATE(make_frame(FrameKind::kPutAck, 1), make_frame(FrameKind::kFlushAck, 1),
                           make_frame(FrameKind::kFlushAck, UINT64_MAX),
                           make_frame(FrameKind::kPutAbort, 1)));
}

TEST_CASE("An acknowledgement of a PUT that is only half sent ends the connection") {
    Node node;
    AuthenticatedPeer intruder(node);
    REQUIRE(intruder.connect());
    Peer& peer = node.attach(intruder.id(), node.engine().listen_address());
    REQUIRE(take_turns_until([&] { return peer.has_room(kSegmentSize); }, node, intruder));
    const Bytes source = pattern(size_t{32} << 20, 1);
    const ByteView part = source;
    Ending ending;
    REQUIRE(peer.put({&part, 1}, {}, 0, nullptr, ending.completion()) == SendResult::kInProgress);
    intruder.send(make_frame(GENERATE(FrameKind::kPutAck, FrameKind::kFlushAck), peer.sequence()));
    REQUIRE(take_turns_until([&] { return ending.count() != 0; }, node));
    CHECK(ending.failed == 1);
    CHECK(node.failures.size() == 1);
}

TEST_CASE("An AM id that no application can have ends the connection") {
    check_refused(make_frame(FrameKind::kActiveMessage, ByteView{},
                             GENERATE(as<uint8_t>{}, kActiveMessageIds, 255)));
}

TEST_CASE("Several frames in one record are taken in order") {
    Node node;
    AuthenticatedPeer intruder(node);
    REQUIRE(intruder.connect());
    Bytes record;
    for (uint8_t i = 0; i < 30; ++i) {
        record = record + make_frame(FrameKind::kActiveMessage, pattern(i, i), i);
    }
    intruder.send(record + make_frame(FrameKind::kFlushRequest, 30));
    REQUIRE(take_turns_until([&] { return intruder.has_received(FrameKind::kFlushAck); }, node,
                             intruder));
    CHECK(*decode_u64(intruder.last(FrameKind::kFlushAck)->body) == 30);
    REQUIRE(node.received.size() == 30);
    for (uint8_t i = 0; i < 30; ++i) {
        CHECK(node.received[i].am_id == i);
        CHECK((node.received[i].payload == pattern(i, i)));
    }
}

TEST_CASE("A peer that never stops asking gets answers, and costs no memory") {
    Node node;
    AuthenticatedPeer intruder(node);
    REQUIRE(intruder.connect());
    constexpr uint64_t kRequests = 2000;
    Bytes record;
    for (uint64_t i = 1; i <= kRequests; ++i) {
        record = record + make_frame(FrameKind::kFlushRequest, i);
    }
    intruder.send(record);
    REQUIRE(take_turns_until(
        [&] {
            const auto last = intruder.last(FrameKind::kFlushAck);
            return last && *decode_u64(last->body) == kRequests;
        },
        node, intruder));
    CHECK(node.failures.empty());
}

}  // namespace ucx_crypto::tcp
