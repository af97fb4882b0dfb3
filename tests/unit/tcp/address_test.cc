#include <sys/epoll.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "tests/unit/tcp/node.h"
#include "tests/unit/tcp/resources.h"

namespace ucx_crypto::tcp {
namespace {

bool has_ipv6() {
    const std::array<uint8_t, 16> loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    const auto address = SocketAddress::from_ip(loopback, 0, 0);
    return address.ok() && listen_on(*address, 0, 0).ok();
}

void check_conversation(const std::string& address) {
    NodeOptions options;
    options.address = address;
    Pair pair(options);
    CHECK(pair.a.engine().listen_address().is_loopback());
    REQUIRE(send(*pair.to_b, 2, pattern(5000, 1), pair.a, pair.b));
    REQUIRE(send(*pair.to_a, 2, pattern(5000, 2), pair.a, pair.b));
    REQUIRE(pair.until([&] { return !pair.a.received.empty() && !pair.b.received.empty(); }));
    CHECK((pair.b.received[0].payload == pattern(5000, 1)));
    CHECK((pair.a.received[0].payload == pattern(5000, 2)));
}

}  // namespace

TEST_CASE("Nodes talk over IPv4") {
    check_conversation("127.0.0.1");
}

TEST_CASE("Nodes talk over IPv6") {
    if (!has_ipv6()) {
        std::cout << "SKIP: expected a loopback with IPv6, found none\n";
        std::exit(EXIT_SUCCESS);
    }
    check_conversation("::1");
}

TEST_CASE("A listener takes a port of the range, and says when none is free") {
    Node first;  // somewhere; the range below need not be free
    const SocketAddress address = first.engine().listen_address();
    const uint16_t taken = address.port();
    CHECK_FALSE(listen_on(address, taken, taken).ok());
    const auto last = static_cast<uint16_t>(taken < 65000 ? taken + 40 : taken - 40);
    const auto [low, high] = std::minmax(taken, last);
    const auto socket = listen_on(address, low, high);
    REQUIRE(socket.ok());
    const uint16_t port = local_address(*socket)->port();
    CHECK(port >= low);
    CHECK(port <= high);
    CHECK(port != taken);
}

TEST_CASE("Messages to oneself arrive at the next progress and open no descriptor") {
    Node node;
    take_turns(3, node);
    const size_t descriptors = open_descriptors();
    const Bytes head = pattern(8, 1);
    const Bytes body = pattern(kSegmentSize - 8, 2);
    const std::array<ByteView, 2> parts{head, body};
    for (uint8_t i = 0; i < 10; ++i) {
        REQUIRE(node.engine().loopback().push(i, parts));
    }
    CHECK(node.received.empty());
    CHECK_FALSE(node.engine().can_sleep());
    CHECK_FALSE(node.engine().flush());
    node.turn();
    REQUIRE(node.received.size() == 10);
    CHECK(node.received[9].am_id == 9);
    CHECK((node.received[9].payload == head + body));
    CHECK(node.engine().can_sleep());
    CHECK(node.engine().flush());
    CHECK(open_descriptors() == descriptors);
    CHECK(node.engine().link_count() == 0);
    CHECK(node.engine().peer_count() == 0);
}

TEST_CASE("The queue of messages to oneself is bounded") {
    Node node;
    const Bytes body = pattern(kSegmentSize, 2);
    const ByteView part = body;
    size_t count = 0;
    while (node.engine().loopback().push(1, {&part, 1})) {
        ++count;
        REQUIRE(count * body.size() <= Loopback::kMaxQueued + body.size());
    }
    node.turn();
    CHECK(node.received.size() == count);
    CHECK(node.engine().loopback().has_room());
}

TEST_CASE("event_fd is readable when a message has come, and only then") {
    Pair pair;
    REQUIRE(pair.until([&] { return pair.b.engine().can_sleep(); }));
    const UniqueFd poll(epoll_create1(EPOLL_CLOEXEC));
    epoll_event event{};
    event.events = EPOLLIN;
    REQUIRE(epoll_ctl(poll.get(), EPOLL_CTL_ADD, pair.b.engine().event_fd(), &event) == 0);
    const auto readable = [&](int milliseconds) {
        return epoll_wait(poll.get(), &event, 1, milliseconds) == 1;
    };
    take_turns(5, pair.a, pair.b);
    CHECK_FALSE(readable(0));
    REQUIRE(send(*pair.to_b, 1, pattern(8, 1), pair.a));
    CHECK(readable(10000));
    REQUIRE(take_turns_until([&] { return !pair.b.received.empty(); }, pair.b));
    take_turns(2, pair.b);
    CHECK(pair.b.engine().can_sleep());
    CHECK_FALSE(readable(0));
}

}  // namespace ucx_crypto::tcp
