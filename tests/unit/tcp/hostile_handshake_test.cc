// Strangers: what comes before anyone has authenticated itself.
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "ucx_crypto/base/log.h"

#include "tests/unit/tcp/authenticated_peer.h"

namespace ucx_crypto::tcp {
namespace {

UniqueFd connect_to(const SocketAddress& address) {
    UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(socket.get(), address.get(), address.size()) == 0);
    return socket;
}

bool ended(const UniqueFd& socket) {
    uint8_t byte = 0;
    const ssize_t size = ::recv(socket.get(), &byte, 1, MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN);
}

/// Reads what there is; true at the end of the stream.
bool drained(const UniqueFd& socket) {
    std::array<uint8_t, 4096> bytes;
    ssize_t size = 0;
    while ((size = ::recv(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0) {
    }
    return size == 0 || (size < 0 && errno != EAGAIN);
}

/// Accepts connections and says nothing, as a stalled peer does.
struct Mute {
    Mute() {
        const std::array<uint8_t, 4> loopback{127, 0, 0, 1};
        auto socket = listen_on(*SocketAddress::from_ip(loopback, 0, 0), 0, 0);
        REQUIRE(socket.ok());
        listener = std::move(*socket);
        address = *local_address(listener);
    }
    UniqueFd listener;
    SocketAddress address;
};

bool is_readable(int fd) {
    pollfd entry{fd, POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1;
}

/// Takes away the process's free descriptors, and gives them back.
class NoDescriptors {
  public:
    NoDescriptors() {
        REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
        const UniqueFd lowest(::dup(STDERR_FILENO));
        rlimit none = before_;
        none.rlim_cur = static_cast<rlim_t>(lowest.get());
        REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    }
    ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

  private:
    rlimit before_{};
};

int log_lines = 0;

/// Counts what is logged.
class LogCount {
  public:
    LogCount() {
        log_lines = 0;
        set_log_sink([](LogLevel, const char*, unsigned, const char*) { ++log_lines; },
                     LogLevel::kWarn);
    }
    ~LogCount() { set_log_sink(nullptr, LogLevel::kWarn); }
    LogCount(const LogCount&) = delete;
    LogCount& operator=(const LogCount&) = delete;
    int lines() const { return log_lines; }
};

/// What a client of the node's says first, for somebody to say it again, who cannot go on.
Bytes recorded_flight(const Node& node,
                      const std::shared_ptr<channel::Identity>& client = make_member(),
                      uint32_t counter = 1) {
    return channel::take_output(
        *channel::make_channel(client, channel::Role::kClient, counter, node.id()));
}

UniqueFd replay(Node& node, const Bytes& flight) {
    UniqueFd socket = connect_to(node.engine().listen_address());
    REQUIRE(::send(socket.get(), flight.data(), flight.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(flight.size()));
    return socket;
}

void require_works(Node& node) {
    Node other;
    Peer& peer = other.attach(node);
    const size_t before = node.received.size();
    REQUIRE(send(peer, 1, pattern(10, 1), node, other));
    REQUIRE(take_turns_until([&] { return node.received.size() == before + 1; }, node, other));
    other.close();
    take_turns(5, node);
}

}  // namespace

TEST_CASE("Bytes that are no handshake end their connection, and others go on") {
    Node node;
    const Bytes bytes = GENERATE(pattern(1, 1), pattern(4096, 2), pattern(300000, 3),
                                 to_bytes(as_bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
                                 to_bytes(as_bytes("UCXCRYPT")) + Bytes(60, 0));
    const UniqueFd stranger = connect_to(node.engine().listen_address());
    const ssize_t sent =
        ::send(stranger.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    REQUIRE(sent > 0);
    REQUIRE(take_turns_until([&] { return drained(stranger); }, node));
    CHECK(node.engine().link_count() == 0);
    CHECK(node.engine().peer_count() == 0);
    CHECK(node.failures.empty());
    require_works(node);
}

TEST_CASE("A member of another domain is refused in the handshake") {
    Node node;
    channel::IdentityOptions options;
    options.mode = attest::Mode::kOff;
    options.domain_key = 99;
    AuthenticatedPeer outsider(node, channel::make_identity(options));
    CHECK_FALSE(outsider.connect());
    take_turns(5, node);
    CHECK(node.engine().link_count() == 0);
    CHECK(node.engine().peer_count() == 0);
    CHECK(node.failures.empty());
}

TEST_CASE("A stranger that stalls is dropped at the deadline") {
    NodeOptions options;
    options.engine.handshake_timeout = 2;
    Node node(options);
    const UniqueFd stranger = connect_to(node.engine().listen_address());
    const bool begins = GENERATE(false, true);
    if (begins) {
        REQUIRE(::send(stranger.get(), "UCXC", 4, MSG_NOSIGNAL) == 4);
    }
    REQUIRE(take_turns_until([&] { return node.engine().link_count() == 1; }, node));
    node.seconds_pass(2);
    CHECK(node.engine().link_count() == 1);
    CHECK_FALSE(ended(stranger));
    node.seconds_pass(1);
    CHECK(node.engine().link_count() == 0);
    CHECK(drained(stranger));
    CHECK(node.failures.empty());
    require_works(node);
}

TEST_CASE("A peer that does not answer our handshake has failed at the deadline, once") {
    NodeOptions options;
    options.engine.handshake_timeout = 2;
    Node node(options);
    const Mute mute;
    const channel::InstanceId id{1, 2, 3};
    node.attach(id, mute.address);
    node.seconds_pass(2);
    CHECK(node.failures.empty());
    node.seconds_pass(3);
    REQUIRE(node.failures.size() == 1);
    CHECK(node.failures[0].code == ErrorCode::kTimedOut);
    CHECK_FALSE(node.failures[0].orderly);
    CHECK(node.engine().link_count() == 0);
}

TEST_CASE("A connection that is refused by the machine is a failure, once") {
    Node node;
    SocketAddress address;
    {
        const Mute gone;
        address = gone.address;
    }
    node.attach(channel::InstanceId{1}, address);
    REQUIRE(take_turns_until([&] { return !node.failures.empty(); }, node));
    take_turns(10, node);
    CHECK(node.failures.size() == 1);
    CHECK_FALSE(node.failures[0].orderly);
}

TEST_CASE("An address that names another instance than the one that listens is not connected") {
    Node node;
    Node other;
    node.attach(channel::InstanceId{1}, other.engine().listen_address());
    // The other says no more than that it does not go on; ours gives up after some seconds.
    REQUIRE(take_turns_until(
        [&] {
            node.engine().tick();
            return !node.failures.empty();
        },
        node, other));
    CHECK(node.failures.size() == 1);
    CHECK(other.failures.empty());
    CHECK(other.engine().peer_count() == 0);
}

TEST_CASE("Strangers take up no more than the handshakes that are allowed at a time") {
    NodeOptions options;
    options.engine.handshake_timeout = 2;
    options.engine.max_handshakes = 3;
    Node node(options);
    std::array<UniqueFd, 10> strangers;
    for (UniqueFd& stranger : strangers) {
        stranger = connect_to(node.engine().listen_address());
    }
    take_turns(10, node);
    CHECK(node.engine().link_count() == 3);
    // A member behind them all comes in.
    Node member;
    Peer& peer = member.attach(node);
    REQUIRE(send(peer, 1, pattern(10, 1), node, member));
    CHECK(take_turns_until([&] { return node.received.size() == 1; }, node, member));
    CHECK(member.failures.empty());
}

TEST_CASE("Where all have said HELLO further connections wait, until the deadline makes room") {
    NodeOptions options;
    options.engine.handshake_timeout = 3;
    options.engine.max_handshakes = 2;
    Node node(options);
    Node member;
    const std::array<UniqueFd, 2> replays{replay(node, recorded_flight(node)),
                                          replay(node, recorded_flight(node))};
    take_turns(10, node);
    Peer& peer = member.attach(node);
    take_turns(20, node, member);
    CHECK(node.engine().link_count() == 2);
    CHECK_FALSE(is_readable(node.engine().service_fd()));  // nothing to do, and not busy with it
    node.seconds_pass(4);
    REQUIRE(send(peer, 1, pattern(10, 1), node, member));
    CHECK(take_turns_until([&] { return node.received.size() == 1; }, node, member));
    CHECK(member.failures.empty());
}

TEST_CASE("A HELLO that is replayed over and over keeps nobody out, nor who said it first") {
    NodeOptions options;
    options.engine.max_handshakes = 4;
    Node node(options);
    NodeOptions options_of_member;
    options_of_member.identity = make_member();
    Node member(options_of_member);
    uint32_t counter = 0;
    while (options_of_member.identity->instance_id(counter) != member.id()) {
        ++counter;
    }
    const bool is_its_own = GENERATE(true, false);
    const Bytes flight = is_its_own ? recorded_flight(node, options_of_member.identity, counter)
                                    : recorded_flight(node);
    std::vector<UniqueFd> replays;
    replays.reserve(3 + 20);
    const LogCount log;
    for (int i = 0; i < 3; ++i) {
        replays.push_back(replay(node, flight));
    }
    // One who has said something else is not among those that make way.
    const UniqueFd other = replay(node, recorded_flight(node));
    take_turns(10, node);
    REQUIRE(node.engine().link_count() == 4);
    Peer& peer = member.attach(node);
    for (int i = 0; i < 20; ++i) {
        replays.push_back(replay(node, flight));
        take_turns(5, node, member);
        CHECK(node.engine().link_count() <= 1 + 4);
    }
    REQUIRE(send(peer, 1, pattern(10, 1), node, member));
    CHECK(take_turns_until([&] { return node.received.size() == 1; }, node, member));
    CHECK(member.failures.empty());
    CHECK_FALSE(drained(other));
    CHECK(log.lines() == 1);  // of the crowd
}

TEST_CASE("A HELLO that is replayed without end costs a bounded number of handshakes each second") {
    constexpr uint64_t kAtMost = 256;
    NodeOptions options;
    options.engine.max_handshakes = 4;
    Node node(options);
    const Bytes flight = recorded_flight(node);
    std::vector<UniqueFd> replays;
    replays.reserve(2 * kAtMost);
    const LogCount log;
    const auto failed = [&] {
        return node.engine().counters().get(stats::Counter::kHandshakesFailed);
    };
    for (uint64_t i = 0; i < kAtMost + 20; ++i) {
        replays.push_back(replay(node, flight));
        node.turn();
    }
    take_turns(20, node);
    CHECK(failed() == kAtMost);
    CHECK_FALSE(is_readable(node.engine().service_fd()));
    node.engine().tick();
    take_turns(20, node);
    CHECK(failed() == kAtMost + 16);  // those that had waited
    CHECK(node.engine().link_count() == 4);
}

TEST_CASE("Strangers that say nothing make way for members, long before the deadline of both") {
    NodeOptions options;
    options.engine.max_handshakes = 3;
    Node node(options);
    std::array<UniqueFd, 6> strangers;
    for (UniqueFd& stranger : strangers) {
        stranger = connect_to(node.engine().listen_address());
        REQUIRE(::send(stranger.get(), "UCXC", 4, MSG_NOSIGNAL) == 4);
    }
    take_turns(10, node);
    Node member;
    Peer& peer = member.attach(node);
    for (int second = 0; second < 14; ++second) {
        take_turns(10, node, member);
        node.engine().tick();
        member.engine().tick();
    }
    REQUIRE(send(peer, 1, pattern(10, 1), node, member));
    CHECK(take_turns_until([&] { return node.received.size() == 1; }, node, member));
    CHECK(member.failures.empty());
}

TEST_CASE("A flood of connections that say nothing keeps no member out") {
    constexpr int kEachSecond = 40;
    NodeOptions options;
    options.engine.max_handshakes = 4;
    Node node(options);
    std::vector<UniqueFd> strangers;
    const auto flood = [&] {
        for (int i = 0; i < kEachSecond; ++i) {
            strangers.push_back(connect_to(node.engine().listen_address()));
        }
    };
    const LogCount log;
    for (int second = 0; second < 5; ++second) {
        flood();
        node.seconds_pass(1);
    }
    Node member;
    Peer& peer = member.attach(node);
    for (int second = 0; second < 3; ++second) {
        flood();
        take_turns(5, node, member);
        CHECK(node.engine().link_count() <= 4 + 1);
        node.engine().tick();
        member.engine().tick();
    }
    REQUIRE(send(peer, 1, pattern(10, 1), node, member));
    CHECK(take_turns_until([&] { return node.received.size() == 1; }, node, member));
    CHECK(member.failures.empty());
    CHECK(log.lines() == 1);  // of the crowd
}

TEST_CASE("Of many members at once none is closed to make room for another") {
    NodeOptions options;
    options.engine.max_handshakes = 2;
    Node node(options);
    std::vector<std::unique_ptr<Node>> members;
    const LogCount log;
    for (int i = 0; i < 8; ++i) {
        members.push_back(std::make_unique<Node>());
        members.back()->attach(node);
    }
    REQUIRE(take_turns_until(
        [&] {
            for (auto& member : members) {
                member->turn();
            }
            return node.engine().peer_count() == members.size();
        },
        node));
    CHECK(log.lines() == 0);
}

TEST_CASE("Without descriptors a node neither spins nor fills the log, and goes on once it has") {
    Node node;
    Node member;
    member.attach(node);
    member.turn();
    REQUIRE(is_readable(node.engine().service_fd()));
    // UndefinedBehaviorSanitizer takes descriptors for its first look at an object of some type.
    REQUIRE_FALSE(std::generic_category().message(EMFILE).empty());
    {
        const NoDescriptors none;
        const LogCount log;
        take_turns(100, node);
        CHECK_FALSE(is_readable(node.engine().service_fd()));
        CHECK(log.lines() == 1);
        for (int second = 0; second < 100; ++second) {
            node.engine().tick();
            take_turns(10, node);
        }
        CHECK(log.lines() < 20);
    }
    node.engine().tick();
    REQUIRE(take_turns_until([&] { return node.engine().peer_count() == 1; }, node, member));
    CHECK(member.failures.empty());
}

TEST_CASE("Strangers neither fill the log nor silence what is said of others later") {
    Node node;
    const LogCount log;
    const auto refuse_one = [&] {
        const UniqueFd stranger = connect_to(node.engine().listen_address());
        REQUIRE(::send(stranger.get(), "GET /", 5, MSG_NOSIGNAL) == 5);
        REQUIRE(take_turns_until([&] { return drained(stranger); }, node));
    };
    for (int i = 0; i < 50; ++i) {
        refuse_one();
    }
    CHECK(log.lines() == 8);
    node.seconds_pass(60);
    for (int i = 0; i < 5; ++i) {
        refuse_one();
    }
    CHECK(log.lines() == 9);
}

TEST_CASE("A peer whose records are too small for our messages fails with what to set") {
    Node node;
    NodeOptions small;
    small.engine.segment_size = 2048;
    channel::IdentityOptions identity;
    identity.mode = attest::Mode::kOff;
    identity.settings.max_plaintext = 2048 + 256;
    small.identity = channel::make_identity(identity);
    Node other(small);
    Peer& peer = node.attach(other);
    REQUIRE(take_turns_until([&] { return !node.failures.empty(); }, node, other));
    CHECK(node.failures[0].code == ErrorCode::kUnsupported);
    CHECK(peer.state() == Peer::State::kFailed);
}

}  // namespace ucx_crypto::tcp
