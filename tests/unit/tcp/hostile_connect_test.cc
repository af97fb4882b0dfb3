// Members that connect in ways that no engine of ours would.
#include <poll.h>
#include <sys/socket.h>

#include "tests/unit/tcp/hostile_member.h"
#include "ucx_crypto/handshake/messages.h"

namespace ucx_crypto::tcp {
namespace {

/// Until the victim has the connecting side's last flight. Its answer is not read here yet.
void send_last_flight(Link& connected, Node& victim) {
    REQUIRE(take_turns_until(
        [&] {
            return !connected.drive_handshake().ok() ||
                   connected.channel().state_name() == "wait CONFIRM";
        },
        victim));
    take_turns(10, victim);
}

/// Until the victim is shown who answers, and not more.
void answer_hello(Link& accepted, Node& victim) {
    REQUIRE(take_turns_until(
        [&] { return !accepted.drive_handshake().ok() || accepted.channel().peer_announced(); },
        victim));
}

void open(Link& accepted, Node& victim) {
    REQUIRE(take_turns_until(
        [&] {
            if (accepted.state() == Link::State::kHeld) {
                return !accepted.admit().ok();
            }
            return accepted.state() == Link::State::kOpen || !accepted.drive_handshake().ok();
        },
        victim));
    REQUIRE(accepted.state() == Link::State::kOpen);
}

}  // namespace

TEST_CASE("A peer that completes both of two simultaneous connections has one, and it ends whole") {
    Node victim;
    HostileMember intruder(victim, true);
    Peer& peer = victim.attach(intruder.id, intruder.address());
    // Theirs to us.
    const auto incoming = intruder.connect(victim);
    send_last_flight(*incoming, victim);
    // Ours to them opens, although they were to hold it.
    const auto outgoing = intruder.accept();
    open(*outgoing, victim);
    REQUIRE(take_turns_until([&] { return peer.state() == Peer::State::kOpen; }, victim));
    // Now the answer on the first one.
    for (int i = 0; i < 20 && incoming->state() == Link::State::kHandshake; ++i) {
        const Status driven = incoming->drive_handshake();
        static_cast<void>(driven);
        victim.turn();
    }
    take_turns(10, victim);
    CHECK(victim.engine().link_count() == 1);

    // Whatever ends, nothing goes on that refers to it.
    victim.release(peer);
    const auto closed = incoming->send_record(record::RecordType::kClose, {});
    static_cast<void>(closed);
    take_turns(10, victim);
    const Bytes message = make_frame(FrameKind::kActiveMessage, pattern(10, 1), 1);
    const ByteView part = message;
    REQUIRE(outgoing->send_record(record::RecordType::kData, {&part, 1}).ok());
    take_turns(10, victim);
    CHECK(victim.received.size() == 1);
    CHECK(victim.failures.empty());
}

TEST_CASE(
    "A connection that is cut while it waits for our choice goes, and does not keep us busy") {
    Node victim;
    HostileMember other(victim, false);
    victim.attach(other.id, other.address());
    const auto incoming = other.connect(victim);
    send_last_flight(*incoming, victim);
    REQUIRE(victim.engine().link_count() == 2);  // ours, and theirs which is held
    cut_when_closed(incoming->fd());
    incoming->close();
    take_turns(10, victim);
    CHECK(victim.engine().link_count() == 1);
    pollfd service{victim.engine().service_fd(), POLLIN, 0};
    CHECK(::poll(&service, 1, 0) == 0);
    CHECK(victim.failures.empty());
}

TEST_CASE(
    "A listener that closes before its HELLO is connected again, at once and then each second, "
    "until the deadline") {
    NodeOptions options;
    options.engine.handshake_timeout = 6;
    Node node(options);
    HostileMember other(node, GENERATE(false, true));
    Peer& peer = node.attach(other.id, other.address());
    const bool hears_hello = GENERATE(false, true);
    const auto turn_away = [&] {
        UniqueFd socket;
        REQUIRE(take_turns_until(
            [&] {
                auto accepted = accept_from(other.listener, {});
                REQUIRE(accepted.ok());
                socket = std::move(*accepted);
                return socket.valid();
            },
            node));
        pollfd hello{socket.get(), POLLIN, 0};
        if (hears_hello) {
            REQUIRE(take_turns_until([&] { return ::poll(&hello, 1, 0) == 1; }, node));
        }
        socket.reset();
    };
    const auto pass_second = [&] {
        REQUIRE(take_turns_until([&] { return node.engine().link_count() == 0; }, node));
        take_turns(20, node);
        REQUIRE(node.engine().link_count() == 0);
        REQUIRE(node.failures.empty());
        node.engine().tick();
    };
    turn_away();
    for (int second = 0; second < 3; ++second) {
        turn_away();
        pass_second();
    }
    if (GENERATE(false, true)) {
        const auto link = other.accept();
        open(*link, node);
        REQUIRE(take_turns_until([&] { return peer.state() == Peer::State::kOpen; }, node));
        return;
    }
    for (int second = 3; second < 6; ++second) {
        turn_away();
        pass_second();
    }
    turn_away();
    REQUIRE(take_turns_until([&] { return !node.failures.empty(); }, node));
    CHECK(node.failures.size() == 1);
    CHECK(node.failures[0].code == ErrorCode::kClosed);
    CHECK(node.engine().link_count() == 0);
}

TEST_CASE("A peer that says that it refuses us has failed at once, and is not asked again") {
    Node node;
    HostileMember other(node, GENERATE(false, true));
    node.attach(other.id, other.address());
    take_turns(2, node);
    const auto link = other.accept();
    if (GENERATE(false, true)) {  // in place of its HELLO, or after it
        answer_hello(*link, node);
    }
    REQUIRE(refuse(link->fd()));
    REQUIRE(take_turns_until([&] { return !node.failures.empty(); }, node));
    CHECK(node.failures.size() == 1);
    CHECK(node.failures[0].code == ErrorCode::kRefusedByPeer);
    CHECK(node.engine().link_count() == 0);
    take_turns(20, node);
    pollfd listener{other.listener.get(), POLLIN, 0};
    CHECK(::poll(&listener, 1, 0) == 0);
}

TEST_CASE("A refusal is heard, although the connection is cut before we have said anything") {
    Node node;
    HostileMember other(node, GENERATE(false, true));
    node.attach(other.id, other.address());
    UniqueFd socket = other.accept_socket();
    REQUIRE(refuse(socket.get()));
    cut_when_closed(socket.get());
    socket.reset();
    REQUIRE(take_turns_until([&] { return !node.failures.empty(); }, node));
    CHECK(node.failures.size() == 1);
    CHECK(node.failures[0].code == ErrorCode::kRefusedByPeer);
}

TEST_CASE("A peer that refuses one of two simultaneous connections has the other") {
    Node node;
    HostileMember other(node, GENERATE(false, true));
    Peer& peer = node.attach(other.id, other.address());
    take_turns(2, node);
    const auto outgoing = other.accept();
    const auto incoming = other.connect(node);
    send_last_flight(*incoming, node);
    answer_hello(*outgoing, node);
    REQUIRE(refuse(outgoing->fd()));
    open(*incoming, node);
    CHECK(take_turns_until([&] { return peer.state() == Peer::State::kOpen; }, node));
    CHECK(node.failures.empty());
}

TEST_CASE("A peer that does not answer our CLOSE is noticed once somebody wants it again") {
    NodeOptions options;
    options.engine.keepalive_interval = 2;
    options.engine.keepalive_misses = 2;
    Node victim(options);
    HostileMember mute(victim, true);
    Peer& peer = victim.attach(mute.id, mute.address());
    take_turns(2, victim);
    const auto link = mute.accept();
    open(*link, victim);
    REQUIRE(take_turns_until([&] { return peer.state() == Peer::State::kOpen; }, victim));
    const Bytes none = make_frame(FrameKind::kHandles, Bytes{0});
    const ByteView part = none;
    REQUIRE(link->send_record(record::RecordType::kData, {&part, 1}).ok());
    victim.release(peer);
    REQUIRE(take_turns_until([&] { return peer.state() == Peer::State::kClosing; }, victim));
    victim.seconds_pass(20);
    CHECK(victim.failures.empty());  // nobody misses it
    victim.attach(mute.id, mute.address());
    victim.seconds_pass(20);
    REQUIRE(victim.failures.size() == 1);
    CHECK(victim.failures[0].code == ErrorCode::kTimedOut);
}

}  // namespace ucx_crypto::tcp
