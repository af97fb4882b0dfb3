// When connections end, and that none ends too early.
#include <random>

#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {
namespace {

bool unconnected(Node& node) {
    return node.engine().link_count() == 0 && node.engine().peer_count() == 0;
}

void require_message(Node& from, Peer& peer, Node& to) {
    const size_t before = to.received.size();
    REQUIRE(send(peer, 1, pattern(100, 1), from, to));
    REQUIRE(take_turns_until([&] { return to.received.size() == before + 1; }, from, to));
}

}  // namespace

TEST_CASE("While one side holds a handle the connection stays, and carries messages both ways") {
    Pair pair;
    const bool a_lets_go = GENERATE(true, false);
    Node& leaving = a_lets_go ? pair.a : pair.b;
    Peer& leaving_peer = a_lets_go ? *pair.to_b : *pair.to_a;
    Node& staying = a_lets_go ? pair.b : pair.a;
    Peer& staying_peer = a_lets_go ? *pair.to_a : *pair.to_b;
    leaving.release(leaving_peer);
    take_turns(50, pair.a, pair.b);
    CHECK(pair.a.engine().link_count() == 1);
    require_message(staying, staying_peer, leaving);

    // Another handle on the same connection.
    Peer& again = leaving.attach(staying);
    CHECK(&again == &leaving_peer);
    require_message(leaving, again, staying);
    CHECK(pair.a.failures.empty());
    CHECK(pair.b.failures.empty());
}

TEST_CASE("Once neither side holds a handle the connection ends in order, and a new one can come") {
    Pair pair;
    require_message(pair.a, *pair.to_b, pair.b);
    pair.a.release(*pair.to_b);
    pair.b.release(*pair.to_a);
    REQUIRE(pair.until([&] { return unconnected(pair.a) && unconnected(pair.b); }));
    CHECK(pair.a.failures.empty());
    CHECK(pair.b.failures.empty());

    // The other side connects this time.
    Peer& to_a = pair.b.attach(pair.a);
    require_message(pair.b, to_a, pair.a);
    Peer& to_b = pair.a.attach(pair.b);
    require_message(pair.a, to_b, pair.b);
    CHECK(to_a.link()->role() == channel::Role::kClient);
}

TEST_CASE("The last handle may go when the peer has closed its interface already") {
    Pair pair;
    require_message(pair.a, *pair.to_b, pair.b);
    pair.b.release(*pair.to_a);
    REQUIRE(pair.until([&] {  // so that nothing but the peer's CLOSE is to be read
        static_cast<void>(pair.a.engine().flush());
        return !pair.to_b->has_outstanding() && !pair.to_b->peer_holds_handles();
    }));
    pair.b.close();
    pair.a.release(*pair.to_b);
    REQUIRE(take_turns_until([&] { return unconnected(pair.a); }, pair.a));
    CHECK(pair.a.failures.empty());
}

TEST_CASE("A handle that is destroyed before its connection exists leaves nothing behind") {
    Node a;
    Node b;
    a.release(a.attach(b));
    take_turns(5, a, b);
    CHECK(take_turns_until([&] { return unconnected(a) && unconnected(b); }, a, b));
    CHECK(a.failures.empty());
}

TEST_CASE("A handle taken while the connection is being closed works") {
    Pair pair;
    pair.a.release(*pair.to_b);
    pair.b.release(*pair.to_a);
    const bool by_the_closer = GENERATE(true, false);
    REQUIRE(pair.until([&] { return pair.to_b->state() == Peer::State::kClosing; }));
    Node& from = by_the_closer ? pair.a : pair.b;
    Node& to = by_the_closer ? pair.b : pair.a;
    Peer& peer = from.attach(to);
    REQUIRE(send(peer, 1, pattern(100, 1), from, to));
    Ending flush;
    SendResult result = SendResult::kNoResource;
    REQUIRE(take_turns_until(
        [&] {
            if (result == SendResult::kNoResource) {
                result = peer.flush(peer.sequence(), nullptr, flush.completion());
            }
            return flush.count() != 0;
        },
        from, to));
    CHECK(flush.done == 1);
    CHECK(to.received.size() == 1);
    CHECK(pair.a.failures.empty());
    CHECK(pair.b.failures.empty());
}

TEST_CASE("Whatever is sent arrives, however handles come and go on both sides") {
    NodeOptions of_a;
    NodeOptions of_b;
    of_a.identity = make_member();
    of_b.identity = make_member();
    constexpr uint32_t kRounds = kSanitized ? 15 : 60;
    constexpr int kSteps = 600;
    for (uint32_t round = 0; round < kRounds; ++round) {
        CAPTURE(round);
        std::mt19937 random(round);
        struct End {
            explicit End(const NodeOptions& options) : node(options) {}
            Node node;
            Peer* peer = nullptr;
            unsigned handles = 0;
            uint32_t sent = 0;
        };
        End a(of_a);
        End b(of_b);
        for (int step = 0; step < kSteps; ++step) {
            End& end = random() % 2 == 0 ? a : b;
            End& other = &end == &a ? b : a;
            switch (random() % 12) {
                case 0:
                    end.peer = &end.node.attach(other.node);
                    ++end.handles;
                    break;
                case 1:
                case 2:
                    if (end.handles != 0) {
                        --end.handles;
                        end.node.release(*end.peer);
                    }
                    break;
                case 3:
                case 4:
                    if (end.handles != 0) {
                        const Bytes payload = pattern(8, end.sent);
                        const ByteView part = payload;
                        const SendResult result = end.peer->send_active_message(1, {&part, 1});
                        REQUIRE(result != SendResult::kFailed);
                        end.sent += result == SendResult::kDone ? 1 : 0;
                    }
                    break;
                case 5:
                    end.node.engine().flush();
                    break;
                case 6:
                case 7:
                    end.node.engine().service();
                    break;
                default:
                    end.node.engine().progress();
            }
            REQUIRE(a.node.failures.empty());
            REQUIRE(b.node.failures.empty());
        }
        REQUIRE(take_turns_until(
            [&] { return a.node.received.size() == b.sent && b.node.received.size() == a.sent; },
            a.node, b.node));
        for (End* end : {&a, &b}) {
            End& from = end == &a ? b : a;
            for (uint32_t i = 0; i < from.sent; ++i) {
                REQUIRE((end->node.received[i].payload == pattern(8, i)));
            }
            for (; end->handles != 0; --end->handles) {
                end->node.release(*end->peer);
            }
        }
        REQUIRE(take_turns_until(
            [&] {
                a.node.engine().flush();
                b.node.engine().flush();
                return unconnected(a.node) && unconnected(b.node);
            },
            a.node, b.node));
        CHECK(a.node.failures.empty());
        CHECK(b.node.failures.empty());
    }
}

}  // namespace ucx_crypto::tcp
