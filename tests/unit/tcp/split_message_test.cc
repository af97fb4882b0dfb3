// Messages in several records: whole or not at all.
#include "ucx_crypto/tcp/split_message.h"

#include "tests/unit/tcp/authenticated_peer.h"

namespace ucx_crypto::tcp {
namespace {

/// The beginning of a message of `size` bytes, `body` of which are in its first record.
Bytes make_beginning(size_t size, ByteView body, uint8_t am_id = 5) {
    return to_bytes(
               encode(FrameHeader{FrameKind::kSplitMessage, am_id, static_cast<uint32_t>(size)})) +
           body;
}

/// Sends the message in records whose payloads end at `ends`.
void send_split(AuthenticatedPeer& peer, ByteView message, const std::vector<size_t>& ends) {
    peer.send(make_beginning(message.size(), message.first(ends.at(0))));
    for (size_t i = 1; i < ends.size(); ++i) {
        peer.send(message.subspan(ends[i - 1], ends[i] - ends[i - 1]));
    }
}

void check_refused(const std::vector<Bytes>& records) {
    Node node;
    AuthenticatedPeer intruder(node);
    REQUIRE(intruder.connect());
    for (const Bytes& record : records) {
        intruder.send(record);
    }
    CHECK(take_turns_until([&] { return intruder.ended(); }, node, intruder));
    CHECK(node.received.empty());
    REQUIRE(node.failures.size() == 1);
    CHECK(node.failures[0].code == ErrorCode::kProtocol);
}

}  // namespace

TEST_CASE("A split message arrives whole, wherever it is split") {
    Node node;
    AuthenticatedPeer peer(node);
    REQUIRE(peer.connect());
    const Bytes message = pattern(kSegmentSize, 1);
    const std::vector<std::vector<size_t>> all{{48 * 1024 - kFrameHeaderSize, kSegmentSize},
                                               {0, kSegmentSize},
                                               {1, 2, 3, kSegmentSize},
                                               {kSegmentSize - 1, kSegmentSize},
                                               {20000, 40000, 60000, kSegmentSize}};
    for (const auto& ends : all) {
        CAPTURE(ends.size(), ends[0]);
        node.received.clear();
        send_split(peer, message, ends);
        REQUIRE(take_turns_until([&] { return !node.received.empty(); }, node, peer));
        REQUIRE(node.received.size() == 1);
        CHECK(node.received[0].am_id == 5);
        CHECK((node.received[0].payload == message));
    }
    CHECK_FALSE(peer.ended());
    CHECK(node.engine().counters().get(stats::Counter::kMessagesReceived) == all.size());
}

TEST_CASE("Messages before and after a split one keep their order") {
    Node node;
    AuthenticatedPeer peer(node);
    REQUIRE(peer.connect());
    const Bytes message = pattern(100, 1);
    peer.send(make_frame(FrameKind::kActiveMessage, pattern(3, 7), 1) +
              make_beginning(message.size(), ByteView(message).first(60)));
    peer.send(record::RecordType::kKeepalive, {});
    peer.send(ByteView(message).subspan(60));
    peer.send(make_frame(FrameKind::kActiveMessage, pattern(4, 8), 2));
    REQUIRE(take_turns_until([&] { return node.received.size() == 3; }, node, peer));
    CHECK((node.received[0].payload == pattern(3, 7)));
    CHECK((node.received[1].payload == message));
    CHECK((node.received[2].payload == pattern(4, 8)));
}

TEST_CASE("Nothing of a split message is delivered before its last record is verified") {
    Node node;
    AuthenticatedPeer peer(node);
    REQUIRE(peer.connect());
    const Bytes message = pattern(60000, 1);
    peer.send(make_beginning(message.size(), ByteView(message).first(40000)));
    peer.send(ByteView(message).subspan(40000, 19999));
    take_turns(50, node, peer);
    CHECK(node.received.empty());
    // In place of the last record one that no key has sealed.
    Bytes forged(record::kOverhead + 1);
    forged[0] = static_cast<uint8_t>(record::RecordType::kData);
    forged[1] = record::kRecordVersion;
    forged[7] = 1 + aead::kTagSize;
    peer.send_raw(forged);
    REQUIRE(take_turns_until([&] { return !node.failures.empty(); }, node));
    CHECK(node.failures[0].code == ErrorCode::kAuthentication);
    CHECK(node.received.empty());
}

TEST_CASE("A split message that is not what WIRE.md says ends the connection") {
    const Bytes half = pattern(50, 1);
    SECTION("longer than any message") {
        check_refused({make_beginning(kSegmentSize + 1024, half)});
        check_refused({make_beginning(UINT32_MAX, half)});
    }
    SECTION("complete in its first record") {
        check_refused({make_beginning(50, half)});
        check_refused({make_beginning(0, {})});
        check_refused({make_beginning(20, half)});
    }
    SECTION("continued by more than is missing") {
        check_refused({make_beginning(99, half), half});
    }
    SECTION("continued by nothing") {
        check_refused({make_beginning(100, half), Bytes{}});
    }
    SECTION("with an AM id that no application can have") {
        check_refused({make_beginning(100, half, kActiveMessageIds)});
    }
    SECTION("with reserved bytes") {
        Bytes reserved = make_beginning(100, half);
        reserved[2] = 1;
        check_refused({reserved});
    }
}

TEST_CASE("A connection that ends within a split message delivers nothing of it") {
    Node node;
    AuthenticatedPeer peer(node);
    REQUIRE(peer.connect());
    peer.send(make_beginning(100, pattern(50, 1)));
    take_turns(20, node, peer);
    peer.vanish();
    REQUIRE(take_turns_until([&] { return !node.failures.empty(); }, node));
    CHECK_FALSE(node.failures[0].orderly);
    CHECK(node.received.empty());
}

TEST_CASE("Large messages go and come in turn, split or not") {
    Pair pair;
    for (uint32_t i = 0; i < 20; ++i) {
        const size_t size = kSegmentSize - i * 1000;
        for (Node* node : {&pair.a, &pair.b}) {
            node->received.clear();
        }
        // The second of two without an answer is not split.
        for (const uint32_t seed : {2 * i, 2 * i + 1}) {
            REQUIRE(send(*pair.to_b, 1, pattern(size, seed), pair.a, pair.b));
        }
        REQUIRE(pair.until([&] { return pair.b.received.size() == 2; }));
        CHECK((pair.b.received[0].payload == pattern(size, 2 * i)));
        CHECK((pair.b.received[1].payload == pattern(size, 2 * i + 1)));
        REQUIRE(send(*pair.to_a, 2, pattern(size, i), pair.a, pair.b));
        REQUIRE(pair.until([&] { return !pair.a.received.empty(); }));
        CHECK((pair.a.received[0].payload == pattern(size, i)));
    }
}

}  // namespace ucx_crypto::tcp
