#include <random>

#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {
namespace {

constexpr int kRounds = kSanitized ? 60 : 300;
constexpr uint32_t kMessagesEach = 20;

/// One end that connects at a time of its own and sends as soon as it can.
struct End {
    explicit End(const NodeOptions& options) : node(options) {}

    void connect(const Node& other) {
        if (peer == nullptr) {
            peer = &node.attach(other);
        }
    }
    void try_send() {
        if (peer == nullptr || sent == kMessagesEach) {
            return;
        }
        const Bytes payload = pattern(sent * 37, sent);
        const ByteView part = payload;
        const SendResult result = peer->send_active_message(1, {&part, 1});
        REQUIRE(result != SendResult::kFailed);
        sent += result == SendResult::kDone ? 1 : 0;
    }
    void check_received() const {
        REQUIRE(node.received.size() == kMessagesEach);
        for (uint32_t i = 0; i < kMessagesEach; ++i) {
            CHECK((node.received[i].payload == pattern(i * 37, i)));
        }
        CHECK(node.failures.empty());
    }

    Node node;
    Peer* peer = nullptr;
    uint32_t sent = 0;
};

}  // namespace

TEST_CASE("Two sides that connect to each other at once end with one connection and all messages") {
    NodeOptions of_a;
    NodeOptions of_b;
    of_a.identity = make_member();
    of_b.identity = make_member();
    for (int round = 0; round < kRounds; ++round) {
        CAPTURE(round);
        std::mt19937 random(static_cast<uint32_t>(round));
        End a(of_a);
        End b(of_b);
        // Both connect early; what happens between their steps is the round's.
        const std::array<uint64_t, 2> connect_at{random() % 12, random() % 12};
        uint32_t step = 0;
        REQUIRE(take_turns_until([&] {
            for (const bool first : {true, false}) {
                if (step >= connect_at[first ? 0 : 1]) {
                    first ? a.connect(b.node) : b.connect(a.node);
                }
            }
            End& end = random() % 2 == 0 ? a : b;
            switch (random() % 3) {
                case 0:
                    end.node.engine().service();
                    break;
                case 1:
                    end.node.engine().progress();
                    break;
                default:
                    end.try_send();
            }
            ++step;
            return a.node.received.size() >= kMessagesEach &&
                   b.node.received.size() >= kMessagesEach;
        }));
        REQUIRE(take_turns_until(
            [&] { return a.node.engine().link_count() == 1 && b.node.engine().link_count() == 1; },
            a.node, b.node));
        take_turns(10, a.node, b.node);
        CHECK(a.node.engine().link_count() == 1);
        a.check_received();
        b.check_received();
    }
}

TEST_CASE("One side connects, and the other uses the same connection") {
    Pair pair;
    CHECK(pair.a.engine().link_count() == 1);
    CHECK(pair.b.engine().link_count() == 1);
    CHECK(pair.to_a->link()->role() == channel::Role::kServer);
    CHECK(&pair.a.attach(pair.b) == pair.to_b);
    CHECK(pair.a.engine().link_count() == 1);
}

TEST_CASE("Operations find no resource while the handshake runs, and are called for after it") {
    Node a;
    Node b;
    Peer& peer = a.attach(b);
    const Bytes payload = pattern(10, 1);
    const ByteView part = payload;
    CHECK(peer.send_active_message(1, {&part, 1}) == SendResult::kNoResource);
    CHECK(peer.put({&part, 1}, {}, 0, nullptr, {}) == SendResult::kNoResource);
    CHECK_FALSE(peer.has_room(0));
    bool called = false;
    a.writable_hook = [&](Peer& writable) { called = &writable == &peer; };
    REQUIRE(take_turns_until([&] { return called; }, a, b));
    CHECK(peer.send_active_message(1, {&part, 1}) == SendResult::kDone);
    CHECK(take_turns_until([&] { return b.received.size() == 1; }, a, b));
}

TEST_CASE("Many nodes wire up all to all at once, with few handshakes at a time") {
    constexpr size_t kNodes = kSanitized ? 5 : 8;
    NodeOptions options;
    options.engine.max_handshakes = 2;
    std::vector<std::unique_ptr<Node>> nodes;
    for (size_t i = 0; i < kNodes; ++i) {
        nodes.push_back(std::make_unique<Node>(options));
    }
    struct Everyone {
        std::vector<std::unique_ptr<Node>>& nodes;
        void turn() const {
            for (auto& node : nodes) {
                node->turn();
            }
        }
    } everyone{nodes};
    std::vector<Peer*> peers;
    for (auto& from : nodes) {
        for (auto& to : nodes) {
            if (from != to) {
                peers.push_back(&from->attach(*to));
            }
        }
    }
    for (Peer* peer : peers) {
        REQUIRE(send(*peer, 1, pattern(10, 1), everyone));
    }
    CHECK(take_turns_until(
        [&] {
            return std::all_of(nodes.begin(), nodes.end(), [](const auto& node) {
                return node->received.size() == kNodes - 1 &&
                       node->engine().link_count() == kNodes - 1;
            });
        },
        everyone));
}

TEST_CASE("A peer is known by its address, and by its rank once it has told it") {
    channel::IdentityOptions identity;
    identity.mode = attest::Mode::kOff;
    identity.settings.max_plaintext = kSegmentSize + 256;
    identity.settings.rank = 7;
    NodeOptions of_seventh;
    of_seventh.identity = channel::make_identity(identity);
    Node seventh(of_seventh);
    Node node;
    Peer& peer = node.attach(seventh);
    const std::string address = seventh.engine().listen_address().to_string();
    CHECK(peer.name() == address);
    REQUIRE(take_turns_until([&] { return peer.state() == Peer::State::kOpen; }, node, seventh));
    CHECK(peer.name() == address + ", rank 7");
    const std::string of_other = seventh.attach(node).name();
    CHECK(of_other.starts_with("127.0.0.1:"));
    CHECK(of_other.find("rank") == std::string::npos);
}

}  // namespace ucx_crypto::tcp
