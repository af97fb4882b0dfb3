#include "tests/unit/tcp/authenticated_peer.h"

namespace ucx_crypto::tcp {
namespace {

using stats::Counter;

constexpr uint64_t kMessages = 1000;
constexpr size_t kSize = 100;

std::array<uint64_t, stats::kCounters> values(Node& node) {
    std::array<uint64_t, stats::kCounters> all{};
    for (const stats::Field& field : stats::kFields) {
        all[static_cast<size_t>(field.counter)] = node.engine().counters().get(field.counter);
    }
    return all;
}

/// What a node has counted since `before`.
struct Since {
    uint64_t operator[](Counter counter) const {
        return node.engine().counters().get(counter) - before[static_cast<size_t>(counter)];
    }
    Node& node;
    std::array<uint64_t, stats::kCounters> before = values(node);
};

}  // namespace

TEST_CASE("Counters are what was sent: one record and its bytes for each message") {
    Pair pair;
    const Since a{pair.a};
    const Since b{pair.b};
    for (uint64_t i = 0; i < kMessages; ++i) {
        REQUIRE(send(*pair.to_b, 1, pattern(kSize, 1), pair.a, pair.b));
        REQUIRE(send(*pair.to_a, 1, pattern(2 * kSize, 1), pair.a, pair.b));
    }
    REQUIRE(pair.until([&] {
        return pair.a.received.size() == kMessages && pair.b.received.size() == kMessages;
    }));
    for (const auto& [from, to, size] :
         {std::tuple{&a, &b, kSize}, std::tuple{&b, &a, 2 * kSize}}) {
        CHECK((*from)[Counter::kMessagesSent] == kMessages);
        CHECK((*from)[Counter::kSeals] == kMessages);
        CHECK((*from)[Counter::kBytesSealed] == kMessages * (kFrameHeaderSize + size));
        CHECK((*from)[Counter::kBytesSent] ==
              kMessages * (record::kOverhead + kFrameHeaderSize + size));
        CHECK((*from)[Counter::kSendCalls] >= 1);
        CHECK((*to)[Counter::kMessagesReceived] == kMessages);
        CHECK((*to)[Counter::kOpens] == kMessages);
        CHECK((*to)[Counter::kBytesOpened] == (*from)[Counter::kBytesSealed]);
        CHECK((*to)[Counter::kBytesReceived] == (*from)[Counter::kBytesSent]);
        CHECK((*to)[Counter::kReceiveCalls] >= 1);
        CHECK((*to)[Counter::kEpollCalls] >= 1);
    }
}

TEST_CASE("Counters tell connections and their ends apart") {
    auto pair = std::make_unique<Pair>();
    for (Node* node : {&pair->a, &pair->b}) {
        CHECK(node->engine().counters().get(Counter::kConnections) == 1);
        CHECK(node->engine().counters().get(Counter::kPeers) == 1);
        CHECK(node->engine().counters().get(Counter::kHandshakesFailed) == 0);
    }
    pair->a.release(*pair->to_b);
    pair->b.release(*pair->to_a);
    REQUIRE(pair->until([&] {
        pair->a.engine().flush();
        return pair->a.engine().link_count() == 0 && pair->b.engine().link_count() == 0;
    }));
    for (Node* node : {&pair->a, &pair->b}) {
        CHECK(node->engine().counters().get(Counter::kPeers) == 0);
        CHECK(node->engine().counters().get(Counter::kConnectionsFailed) == 0);
    }

    Node node;
    const stats::Counters& counters = node.engine().counters();
    AuthenticatedPeer intruder(node);
    REQUIRE(intruder.connect());
    node.attach(intruder.id(), node.engine().listen_address());
    REQUIRE(take_turns_until([&] { return counters.get(Counter::kPeers) == 1; }, node, intruder));
    intruder.vanish();
    REQUIRE(take_turns_until([&] { return !node.failures.empty(); }, node));
    CHECK(counters.get(Counter::kPeers) == 0);
    CHECK(counters.get(Counter::kConnectionsFailed) == 1);

    channel::IdentityOptions other_domain;
    other_domain.mode = attest::Mode::kOff;
    other_domain.domain_key = 99;
    AuthenticatedPeer stranger(node, channel::make_identity(other_domain));
    CHECK_FALSE(stranger.connect());
    REQUIRE(take_turns_until([&] { return counters.get(Counter::kHandshakesFailed) == 1; }, node));
    CHECK(counters.get(Counter::kConnections) == 1);
}

TEST_CASE("Counters have every change of keys, and both ends the same number") {
    record::EpochLimits limits;
    limits.max_records = 10;
    NodeOptions of_a;
    of_a.identity = make_member(limits);
    NodeOptions of_b;
    of_b.identity = make_member(limits);
    Pair pair(of_a, of_b);
    for (uint64_t i = 0; i < kMessages; ++i) {
        REQUIRE(send(*pair.to_b, 1, {}, pair.a, pair.b));
    }
    REQUIRE(pair.until([&] { return pair.b.received.size() == kMessages; }));
    const stats::Counters& a = pair.a.engine().counters();
    CHECK(a.get(Counter::kRekeysSent) == pair.to_b->link()->channel().sealer().epoch());
    CHECK(a.get(Counter::kRekeysSent) >= kMessages / 10);
    CHECK(a.get(Counter::kRekeysSent) == pair.b.engine().counters().get(Counter::kRekeysReceived));
    CHECK(a.get(Counter::kSeals) == pair.b.engine().counters().get(Counter::kOpens));
}

TEST_CASE("Counters have PUTs, keepalives and messages of an interface to itself") {
    Pair pair;
    Bytes target(size_t{1} << 20);
    const RegisteredMemory memory(pair.b, target);
    const Bytes source = pattern(target.size(), 1);
    const ByteView part = source;
    Ending put;
    REQUIRE(pair.to_b->put({&part, 1}, memory.token, RegisteredMemory::address_of(target), nullptr,
                           put.completion()) == SendResult::kInProgress);
    REQUIRE(pair.until([&] { return put.done == 1; }));
    const stats::Counters& a = pair.a.engine().counters();
    const stats::Counters& b = pair.b.engine().counters();
    CHECK(a.get(Counter::kPutsSent) == 1);
    CHECK(b.get(Counter::kPutsReceived) == 1);
    CHECK(b.get(Counter::kBytesCopied) >= target.size());

    pair.a.seconds_pass(NodeOptions{}.engine.keepalive_interval);
    REQUIRE(pair.until([&] { return b.get(Counter::kKeepalivesReceived) == 1; }));
    CHECK(a.get(Counter::kKeepalivesSent) == 1);

    REQUIRE(pair.a.engine().send_to_self(1, {&part, 1}));
    CHECK(a.get(Counter::kMessagesToSelf) == 1);
}

}  // namespace ucx_crypto::tcp
