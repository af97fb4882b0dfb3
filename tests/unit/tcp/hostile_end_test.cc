// Connections that end while the engine, or who watches it, is in the middle of something.
#include "tests/unit/tcp/authenticated_peer.h"

namespace ucx_crypto::tcp {
namespace {

bool knows_that_we_let_go(const AuthenticatedPeer& peer) {
    const auto handles = peer.last(FrameKind::kHandles);
    return handles && handles->body.size() == 1 && handles->body[0] == 0;
}

/// A completion that sends, and knows whether the engine took it.
struct Sending {
    Peer& peer;
    std::optional<SendResult> result{};

    Completion completion() {
        return {[](void* argument, Completion::Outcome) {
                    auto& self = *static_cast<Sending*>(argument);
                    const std::array<uint8_t, 1> byte{1};
                    const ByteView part = byte;
                    self.result = self.peer.send_active_message(1, {&part, 1});
                },
                this};
    }
};

}  // namespace

TEST_CASE(
    "A message handler that makes progress does not end the connection whose message it has") {
    Node node;
    AuthenticatedPeer intruder(node);
    int calls = 0;
    node.message_hook = [&](uint8_t, MutableByteView) {
        ++calls;
        intruder.vanish();
        // Whatever would end and forget the peer, were it done here.
        for (int i = 0; i < 30; ++i) {
            node.engine().tick();
            CHECK(node.engine().progress() == 0);
        }
    };
    REQUIRE(intruder.connect());
    const Bytes message = make_frame(FrameKind::kActiveMessage, pattern(10, 1), 1);
    intruder.send(message);
    intruder.send(message);
    REQUIRE(take_turns_until([&] { return calls == 2; }, node));
    CHECK(take_turns_until([&] { return node.engine().link_count() == 0; }, node));
}

TEST_CASE("A completion that sends while its connection ends has its message refused") {
    Node node;
    AuthenticatedPeer intruder(node);
    REQUIRE(intruder.connect());
    Peer& peer = node.attach(intruder.id(), node.engine().listen_address());
    REQUIRE(take_turns_until([&] { return peer.has_room(0); }, node, intruder));
    node.release(peer);
    REQUIRE(take_turns_until([&] { return knows_that_we_let_go(intruder); }, node, intruder));
    node.attach(intruder.id(), node.engine().listen_address());
    REQUIRE(peer.resuming());
    Sending sending{peer};
    REQUIRE(peer.flush(peer.sequence(), nullptr, sending.completion()) == SendResult::kInProgress);
    intruder.send(record::RecordType::kClose, {});
    intruder.vanish();  // with what it has not read: a reset, so that our CLOSE fails
    REQUIRE(take_turns_until([&] { return sending.result.has_value(); }, node));
    CHECK(*sending.result == SendResult::kNoResource);
}

TEST_CASE("Bytes behind a peer's CLOSE are told as a failure, not as an orderly end before it") {
    Node node;
    AuthenticatedPeer intruder(node);
    REQUIRE(intruder.connect());
    Peer& peer = node.attach(intruder.id(), node.engine().listen_address());
    REQUIRE(take_turns_until([&] { return peer.has_room(0); }, node, intruder));
    REQUIRE(send(peer, 1, pattern(10, 1), node));
    intruder.hold(true);  // so that one read has both
    intruder.send(record::RecordType::kClose, {});
    intruder.send_raw(pattern(100, 1));
    intruder.hold(false);
    if (GENERATE(false, true)) {  // whether the end is noticed by reading or by a send that fails
        intruder.vanish();
        const Bytes message = pattern(10, 2);
        const ByteView part = message;
        REQUIRE(take_turns_until([&] {
            return peer.send_active_message(1, {&part, 1}) == SendResult::kFailed;
        }));
        node.engine().after_operations(peer);
    }
    REQUIRE(take_turns_until([&] { return !node.failures.empty(); }, node));
    take_turns(10, node);
    REQUIRE(node.failures.size() == 1);
    CHECK_FALSE(node.failures[0].orderly);
    CHECK(peer.state() == Peer::State::kFailed);
}

TEST_CASE(
    "Who lets go of a peer and cancels nothing is told of each operation when the peer closes") {
    Node node;
    AuthenticatedPeer intruder(node);
    REQUIRE(intruder.connect());
    Peer& peer = node.attach(intruder.id(), node.engine().listen_address());
    REQUIRE(take_turns_until([&] { return peer.has_room(0); }, node, intruder));
    REQUIRE(send(peer, 1, pattern(10, 1), node));
    Ending flush;
    REQUIRE(peer.flush(peer.sequence(), nullptr, flush.completion()) == SendResult::kInProgress);
    const Bytes source(size_t{64} << 20);  // far more than sockets and buffers hold
    const ByteView part = source;
    Ending put;
    REQUIRE(peer.put({&part, 1}, {}, 0, nullptr, put.completion()) == SendResult::kInProgress);
    node.release(peer);
    intruder.send(record::RecordType::kClose, {});
    REQUIRE(take_turns_until([&] { return node.engine().peer_count() == 0; }, node));
    CHECK(flush.failed == 1);
    CHECK(flush.count() == 1);
    CHECK(put.failed == 1);
    CHECK(put.count() == 1);
}

TEST_CASE("The end of a second connection of a peer is told, whatever was told of the first") {
    const auto identity = make_member();
    Node node;
    AuthenticatedPeer first(node, identity);
    REQUIRE(first.connect());
    Peer& peer = node.attach(first.id(), node.engine().listen_address());
    REQUIRE(take_turns_until([&] { return peer.has_room(0); }, node, first));
    REQUIRE(send(peer, 1, pattern(10, 1), node));
    first.send(record::RecordType::kClose, {});
    REQUIRE(take_turns_until([&] { return peer.state() == Peer::State::kClosed; }, node));
    REQUIRE(node.failures.size() == 1);
    CHECK(node.failures[0].orderly);

    AuthenticatedPeer second(node, identity);
    REQUIRE(second.shake_hands());
    REQUIRE(take_turns_until([&] { return peer.state() == Peer::State::kOpen; }, node));
    REQUIRE(second.id() == first.id());
    node.attach(second.id(), node.engine().listen_address());
    second.vanish();
    REQUIRE(take_turns_until([&] { return peer.state() == Peer::State::kFailed; }, node));
    REQUIRE(node.failures.size() == 2);
    CHECK_FALSE(node.failures[1].orderly);
}

}  // namespace ucx_crypto::tcp
