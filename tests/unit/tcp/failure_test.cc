#include <atomic>
#include <thread>

#include "tests/unit/tcp/authenticated_peer.h"

namespace ucx_crypto::tcp {
namespace {

/// A node that holds handles on a connection whose other end is the test's.
struct Victim {
    Victim() : node(), intruder(node, identity) {
        REQUIRE(intruder.connect());
        peer = &node.attach(intruder.id(), node.engine().listen_address());
        REQUIRE(take_turns_until([&] { return peer->has_room(0); }, node, intruder));
    }
    bool until_failed() {
        return take_turns_until([&] { return !node.failures.empty(); }, node, intruder);
    }

    std::shared_ptr<channel::Identity> identity = make_member();
    Node node;
    AuthenticatedPeer intruder;
    Peer* peer = nullptr;
};

}  // namespace

TEST_CASE("A stream that ends without CLOSE is a failure, told once") {
    Victim victim;
    victim.intruder.vanish();
    REQUIRE(victim.until_failed());
    take_turns(20, victim.node);
    REQUIRE(victim.node.failures.size() == 1);
    CHECK(victim.node.failures[0].peer == victim.peer);
    CHECK_FALSE(victim.node.failures[0].orderly);
    CHECK(victim.node.failures[0].code == ErrorCode::kClosed);
}

TEST_CASE("A stream that ends inside a record is a failure") {
    Victim victim;
    victim.intruder.send_raw(Bytes{1, 1, 0, 0});
    victim.intruder.vanish();
    REQUIRE(victim.until_failed());
    CHECK_FALSE(victim.node.failures[0].orderly);
}

TEST_CASE("Bytes that no key has sealed end the connection, also after CLOSE") {
    Victim victim;
    if (GENERATE(false, true)) {
        victim.intruder.send(record::RecordType::kClose, {});
    }
    victim.intruder.send_raw(pattern(100, 1));
    REQUIRE(take_turns_until([&] { return victim.peer->state() == Peer::State::kFailed; },
                             victim.node));
    CHECK(victim.node.failures.size() == 1);
    CHECK_FALSE(victim.node.failures[0].orderly);
}

TEST_CASE("A failure ends every operation under way, once") {
    Victim victim;
    const Bytes payload = pattern(size_t{32} << 20, 1);
    const ByteView whole = payload;
    const ByteView small = whole.first(10);
    REQUIRE(victim.peer->send_active_message(1, {&small, 1}) == SendResult::kDone);
    Ending flush;
    Ending sealed_put;
    Ending half_sealed_put;
    REQUIRE(victim.peer->flush(victim.peer->sequence(), nullptr, flush.completion()) ==
            SendResult::kInProgress);
    REQUIRE(victim.peer->put({&small, 1}, {}, 0, nullptr, sealed_put.completion()) ==
            SendResult::kInProgress);
    REQUIRE(victim.peer->put({&whole, 1}, {}, 0, nullptr, half_sealed_put.completion()) ==
            SendResult::kInProgress);
    victim.intruder.vanish();
    REQUIRE(take_turns_until([&] { return !victim.node.failures.empty(); }, victim.node));
    for (const Ending* ending : {&flush, &sealed_put, &half_sealed_put}) {
        CHECK(ending->failed == 1);
        CHECK(ending->count() == 1);
    }
    CHECK(victim.peer->send_active_message(1, {&small, 1}) == SendResult::kFailed);
    CHECK(victim.peer->put({&small, 1}, {}, 0, nullptr, {}) == SendResult::kFailed);
    CHECK(victim.peer->flush(victim.peer->sequence(), nullptr, {}) == SendResult::kFailed);
}

TEST_CASE("Handles may be released, and others taken, while a failure is being told") {
    Victim victim;
    victim.node.attach(victim.intruder.id(), victim.node.engine().listen_address());
    Node other;
    Peer* to_other = nullptr;
    victim.node.failure_hook = [&](Peer& peer) {
        victim.node.release(peer);
        victim.node.release(peer);
        to_other = &victim.node.attach(other);
    };
    victim.intruder.vanish();
    REQUIRE(victim.until_failed());
    REQUIRE(send(*to_other, 1, pattern(10, 1), victim.node, other));
    CHECK(take_turns_until([&] { return other.received.size() == 1; }, victim.node, other));
    CHECK(victim.node.failures.size() == 1);
}

TEST_CASE("A pair of instances that failed is dead: neither side may connect again") {
    Victim victim;
    victim.intruder.vanish();
    REQUIRE(victim.until_failed());
    const auto again =
        victim.node.engine().attach(victim.intruder.id(), victim.node.engine().listen_address());
    REQUIRE_FALSE(again.ok());
    CHECK(again.error().code() == ErrorCode::kClosed);
    AuthenticatedPeer same(victim.node, victim.identity);
    CHECK_FALSE(same.connect());
    AuthenticatedPeer stranger(victim.node);
    CHECK(stranger.connect());
}

TEST_CASE("Other connections live on when one fails") {
    Pair pair;
    AuthenticatedPeer intruder(pair.a);
    REQUIRE(intruder.connect());
    intruder.vanish();
    REQUIRE(pair.until([&] { return pair.a.failures.size() == 1; }));
    REQUIRE(send(*pair.to_b, 1, pattern(10, 1), pair.a, pair.b));
    REQUIRE(send(*pair.to_a, 1, pattern(10, 2), pair.a, pair.b));
    CHECK(pair.until([&] { return pair.a.received.size() == 1 && pair.b.received.size() == 1; }));
}

TEST_CASE("The end of a peer's interface is orderly, and fails only what waits for its answer") {
    Pair pair;
    REQUIRE(send(*pair.to_b, 1, pattern(10, 1), pair.a, pair.b));
    REQUIRE(pair.until([&] { return pair.b.received.size() == 1; }));
    const bool waits = GENERATE(false, true);
    Ending flush;
    if (waits) {
        REQUIRE(pair.to_b->flush(pair.to_b->sequence(), nullptr, flush.completion()) ==
                SendResult::kInProgress);
    } else {
        REQUIRE(pair.until([&] { return pair.a.engine().flush(); }));
    }
    pair.b.close();
    REQUIRE(take_turns_until([&] { return pair.to_b->state() == Peer::State::kClosed; }, pair.a));
    CHECK(pair.a.failures.size() == (waits ? 1 : 0));
    CHECK(flush.failed == (waits ? 1 : 0));
    if (waits) {
        CHECK(pair.a.failures[0].orderly);
    }
    const ByteView nothing;
    CHECK(pair.to_b->send_active_message(1, {&nothing, 1}) == SendResult::kFailed);
}

TEST_CASE(
    "A send that fails because the peer has closed in order is no failure of the connection") {
    Pair pair;
    pair.b.close();
    const Bytes payload = pattern(100, 1);
    const ByteView part = payload;
    // The first finds no socket at the other side, which the kernel tells the second.
    SendResult result = SendResult::kDone;
    for (int i = 0; i < 1000 && result == SendResult::kDone; ++i) {
        result = pair.to_b->send_active_message(1, {&part, 1});
    }
    CHECK(result == SendResult::kFailed);
    REQUIRE(take_turns_until([&] { return !pair.a.failures.empty(); }, pair.a));
    CHECK(pair.a.failures[0].orderly);
    CHECK(pair.to_b->state() == Peer::State::kClosed);
}

TEST_CASE("What was sent before an interface ends arrives, whatever it has not read itself") {
    Pair pair;
    const Bytes payload = pattern(kSegmentSize, 1);
    const ByteView part = payload;
    size_t count = 0;
    while (count < 4 && pair.to_b->send_active_message(1, {&part, 1}) == SendResult::kDone) {
        ++count;
    }
    REQUIRE(count == 4);
    REQUIRE(send(*pair.to_a, 1, payload, pair.b));
    pair.a.close();  // with b's message unread
    REQUIRE(take_turns_until([&] { return pair.to_a->state() != Peer::State::kOpen; }, pair.b));
    CHECK(pair.b.received.size() == count);
    CHECK(pair.to_a->state() == Peer::State::kClosed);
    REQUIRE(pair.b.failures.size() == 1);  // b's own message has no answer
    CHECK(pair.b.failures[0].orderly);
}

TEST_CASE("A peer that is silent for longer than its keepalives allow has failed") {
    NodeOptions options;
    options.engine.keepalive_interval = 2;
    options.engine.keepalive_misses = 3;
    SECTION("and one that sends them lives") {
        Pair pair(options);
        for (int i = 0; i < 20; ++i) {
            pair.a.seconds_pass(1);
            pair.b.seconds_pass(1);
        }
        CHECK(pair.a.failures.empty());
        CHECK(pair.b.failures.empty());
    }
    SECTION("and seconds in which the node itself made no progress do not count") {
        Pair pair(options);
        for (int i = 0; i < 20; ++i) {
            pair.a.engine().tick();
        }
        take_turns(3, pair.a, pair.b);
        CHECK(pair.a.failures.empty());
    }
    SECTION("else") {
        Node node(options);
        AuthenticatedPeer silent(node);
        REQUIRE(silent.connect());
        node.seconds_pass(6);
        CHECK(node.failures.empty());
        node.seconds_pass(2);
        REQUIRE(node.failures.size() == 1);
        CHECK(node.failures[0].code == ErrorCode::kTimedOut);
        CHECK(silent.id() != node.id());
    }
}

TEST_CASE(
    "A peer that does not stop talking when its connection has failed is not listened to for "
    "ever") {
    Victim victim;
    // As when a send fails, or a path: what the peer had said before may be unread.
    victim.peer->failure = Error(ErrorCode::kClosed, "a test");
    victim.node.engine().after_operations(*victim.peer);
    std::atomic<bool> stop = false;
    std::atomic<bool> gave_up = false;
    std::thread flood([&] {
        const auto deadline = std::chrono::steady_clock::now() + kDeadline;
        while (!stop && !gave_up) {
            victim.intruder.flood();
            gave_up = std::chrono::steady_clock::now() > deadline;
        }
    });
    victim.node.turn();
    const bool ended_first = !gave_up;
    stop = true;
    flood.join();
    CHECK(ended_first);
    CHECK(victim.node.failures.size() == 1);
}

}  // namespace ucx_crypto::tcp
