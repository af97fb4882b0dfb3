// How connections over an inner transport begin and end.
#include "tests/unit/stacked/stacked_node.h"

namespace ucx_crypto::stacked {

using tcp::pattern;
using tcp::Peer;

TEST_CASE("what was sent before an orderly end arrives, however late the inner transport is") {
    StackedPair pair;
    REQUIRE(pair.open());
    pair.b.inner.hold = true;
    for (uint32_t i = 0; i < 5; ++i) {
        REQUIRE(pair.send(pattern(1000, i)));
    }
    pair.a.engine->close();
    tcp::take_turns(50, pair.b);
    CHECK(pair.b.engine->received.empty());
    CHECK(pair.b.engine->failures.empty());
    CHECK(pair.to_a->state() == Peer::State::kOpen);
    pair.b.inner.hold = false;
    REQUIRE(
        tcp::take_turns_until([&] { return pair.to_a->state() == Peer::State::kClosed; }, pair.b));
    REQUIRE(pair.b.engine->received.size() == 5);
    CHECK(pair.b.engine->received[4].payload == pattern(1000, 4));
    CHECK(pair.b.engine->failures.empty());
}

TEST_CASE("an end whose last messages do not come over the inner transport is a failure") {
    StackedPair pair;
    REQUIRE(pair.open());
    pair.a.inner.transmit = [](const Bytes&, std::deque<Bytes>&) {};
    REQUIRE(pair.send(pattern(1000, 1)));
    pair.a.engine->close();
    tcp::take_turns(5, pair.b);
    CHECK(pair.b.engine->failures.empty());
    pair.b.seconds_pass(10);
    REQUIRE(tcp::take_turns_until([&] { return !pair.b.engine->failures.empty(); }, pair.b));
    CHECK(pair.b.engine->failures[0].code == ErrorCode::kClosed);
    CHECK_FALSE(pair.b.engine->failures[0].orderly);
}

TEST_CASE("an interface that ends before its path is ready is missed by nobody") {
    StackedPair pair;
    REQUIRE(pair.until([&] {
        return pair.to_b->state() == Peer::State::kOpen && pair.to_a->state() == Peer::State::kOpen;
    }));
    const bool ready = pair.to_a->has_room(1);
    pair.a.engine->close();
    REQUIRE(
        tcp::take_turns_until([&] { return pair.to_a->state() == Peer::State::kClosed; }, pair.b));
    CHECK(pair.b.engine->failures.empty());
    INFO("the other side was ready: " << ready);
}

TEST_CASE("when no side holds endpoints the session ends, and the next one is another") {
    StackedPair pair;
    REQUIRE(pair.send(pattern(10, 1)));
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == 1; }));
    pair.a.engine->release(*pair.to_b);
    pair.b.engine->release(*pair.to_a);
    REQUIRE(pair.until([&] {
        return pair.a.engine->engine().link_count() == 0 &&
               pair.b.engine->engine().link_count() == 0;
    }));
    REQUIRE(pair.until([&] {
        return pair.a.fabric->session_count() == 0 && pair.b.fabric->session_count() == 0 &&
               pair.a.inner.endpoint_count() == 0 && pair.b.inner.endpoint_count() == 0;
    }));
    pair.to_b = &pair.a.engine->attach(*pair.b.engine);
    REQUIRE(pair.send(pattern(10, 2)));
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == 2; }));
    CHECK(pair.b.engine->received[1].payload == pattern(10, 2));
    CHECK(pair.a.engine->failures.empty());
    CHECK(pair.b.engine->failures.empty());
}

TEST_CASE("an interface that is being closed hands nothing on, also of a peer that it has left") {
    StackedPair pair;
    REQUIRE(pair.open());
    pair.a.engine->release(*pair.to_b);
    pair.b.engine->release(*pair.to_a);
    // The side that connected closes.
    const bool is_a = pair.to_b->link()->role() == channel::Role::kClient;
    StackedNode& closing = is_a ? pair.a : pair.b;
    StackedNode& other = is_a ? pair.b : pair.a;
    Peer& to_other = is_a ? *pair.to_b : *pair.to_a;
    Peer& to_closing = is_a ? *pair.to_a : *pair.to_b;
    for (int i = 0; i < 1000 && to_other.state() != Peer::State::kClosing; ++i) {
        other.turn();
        closing.turn();
    }
    REQUIRE(to_other.state() == Peer::State::kClosing);
    REQUIRE(to_closing.state() == Peer::State::kOpen);
    const auto frame = tcp::encode(tcp::FrameHeader{tcp::FrameKind::kActiveMessage, 1, 0});
    const ByteView part = frame;
    const auto sent = to_closing.link()->path()->send_record(record::RecordType::kData, {&part, 1});
    REQUIRE((sent.ok() && *sent));
    closing.inner.flush = [&] {
        closing.inner.progress();
        return true;
    };
    closing.engine->close();
    CHECK(closing.inner.incoming.empty());
    CHECK(closing.engine->received.empty());
}

TEST_CASE("endpoints whose messages never leave are not kept for ever") {
    FakeNetwork network;
    FakeInner inner(network, {});
    FakeInner peer(network, {});
    struct Receiver final : tcp::PathReceiver {
        void on_path_bytes(ByteView) override {}
        void on_path_failed(const Error&) override {}
    } receiver;
    stats::Counters counters;
    Fabric of_peer(peer);
    const auto other = of_peer.create_path(receiver, counters).value();
    const Bytes address = other->address().value();
    const auto end_one_on = [&](Fabric& fabric) {
        const auto path = fabric.create_path(receiver, counters).value();
        REQUIRE(path->connect(address).ok());
    };
    bool leaves = false;
    inner.flush = [&] { return leaves; };
    {
        Fabric patient(inner);
        end_one_on(patient);
        patient.progress();
        CHECK(patient.ending_count() == 1);
        leaves = true;
        patient.progress();
        CHECK(patient.ending_count() == 0);
    }
    leaves = false;
    Fabric fabric(inner, std::chrono::milliseconds(0));
    end_one_on(fabric);
    CHECK(fabric.ending_count() == 1);
    fabric.progress();
    CHECK(fabric.ending_count() == 0);
    CHECK(inner.endpoint_count() == 0);
}

TEST_CASE("a failure of the inner transport is the peer's") {
    StackedPair pair;
    REQUIRE(pair.open());
    pair.a.inner.fail();
    REQUIRE(pair.until(
        [&] { return !pair.a.engine->failures.empty() && !pair.b.engine->failures.empty(); }));
    CHECK(pair.a.engine->failures[0].code == ErrorCode::kClosed);
    CHECK_FALSE(pair.a.engine->failures[0].orderly);
    CHECK(pair.a.fabric->session_count() == 0);
}

TEST_CASE("two sides with different inner transports refuse each other") {
    FakeInner::Options other;
    other.name = "another";
    StackedPair pair({}, other);
    REQUIRE(pair.until(
        [&] { return !pair.a.engine->failures.empty() || !pair.b.engine->failures.empty(); }));
    CHECK_FALSE(pair.to_b->has_room(1));
}

TEST_CASE("an interface without a path and one with one refuse each other") {
    FakeNetwork network;
    StackedNode a(network, {});
    tcp::Node b;
    Peer& to_b = a.engine->attach(b);
    Peer& to_a = b.attach(*a.engine);
    REQUIRE(tcp::take_turns_until(
        [&] { return !b.failures.empty() && !a.engine->failures.empty(); }, a, b));
    CHECK(to_b.state() == Peer::State::kFailed);
    CHECK(to_a.state() == Peer::State::kFailed);
    CHECK(b.received.empty());
}

}  // namespace ucx_crypto::stacked
