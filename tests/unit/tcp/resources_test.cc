// What connections cost while they are there, and that they leave nothing behind.
#include "tests/unit/tcp/resources.h"

#include <sys/resource.h>
#include <unistd.h>

#include <iostream>

#include "tests/unit/tcp/authenticated_peer.h"

namespace ucx_crypto::tcp {
namespace {

void connect_and_disconnect(Node& a, Node& b) {
    Peer& peer = a.attach(b);
    REQUIRE(send(peer, 1, pattern(100, 1), a, b));
    a.release(peer);
    REQUIRE(take_turns_until(
        [&] {
            a.engine().flush();
            return a.engine().peer_count() == 0 && b.engine().peer_count() == 0 &&
                   a.engine().link_count() == 0 && b.engine().link_count() == 0;
        },
        a, b));
    b.received.clear();
}

}  // namespace

TEST_CASE("A thousand connections come and go, and no descriptor, thread or memory is left") {
    constexpr int kWarmUp = 50;
    constexpr int kConnections = kSanitized ? 100 : 1000;
    Node a;
    Node b;
    for (int i = 0; i < kWarmUp; ++i) {
        connect_and_disconnect(a, b);
    }
    const size_t descriptors = open_descriptors();
    const size_t tasks = threads();
    const size_t secrets = SecretArena::instance().bytes_in_use();
    const size_t heap = heap_in_use();
    const size_t resident = status_bytes("VmRSS");
    for (int i = 0; i < kConnections; ++i) {
        connect_and_disconnect(i % 2 == 0 ? a : b, i % 2 == 0 ? b : a);
    }
    CHECK(open_descriptors() == descriptors);
    CHECK(threads() == tasks);
    CHECK(SecretArena::instance().bytes_in_use() == secrets);
    if (!kSanitized) {
        const auto heap_growth = static_cast<long>(heap_in_use() - heap);
        const auto resident_growth = static_cast<long>(status_bytes("VmRSS") - resident);
        std::cout << kConnections << " connections left " << heap_growth << " B of heap and "
                  << resident_growth << " B of resident memory\n";
        // What one connection holds is some 12 KiB: a hundredth of it left each time would be too
        // much.
        CHECK(heap_growth < 128 * kConnections + 128 * 1024);
        CHECK(resident_growth < 2 * 1024 * 1024);
    }
}

TEST_CASE(
    "An idle connection costs less than 10 KiB of memory, whoever seals, with evidence and "
    "without") {
    constexpr size_t kConnections = kSanitized ? 10 : 100;
    channel::IdentityOptions identity;
    identity.mode = GENERATE(attest::Mode::kOff, attest::Mode::kEmulated);
    identity.settings.max_plaintext = kSegmentSize + 256;
    // Each by itself: which a calibration takes depends on what else the machine does.
    const aead::Candidate& candidate = GENERATE(from_range(aead::candidates()));
    identity.settings.aead = candidate.choice;
    if (!aead::selection(identity.settings.algorithm, candidate.choice).ok()) {
        std::cout << candidate.name << " left out: it takes " << candidate.requirement << "\n";
        return;
    }
    NodeOptions options;
    options.identity = channel::make_identity(identity);
    NodeOptions hub_options;
    hub_options.identity = channel::make_identity(identity);
    Node first_hub(options);
    Node hub(hub_options);
    using Nodes = std::vector<std::unique_ptr<Node>>;
    const auto make_nodes = [&options](size_t count) {
        Nodes nodes(count);
        for (auto& node : nodes) {
            node = std::make_unique<Node>(options);
        }
        return nodes;
    };
    const Nodes early = make_nodes(10);
    const Nodes spokes = make_nodes(kConnections);
    struct Everyone {
        Node& hub;
        const Nodes& spokes;
        void turn() const {
            hub.turn();
            for (auto& spoke : spokes) {
                spoke->turn();
            }
        }
    };
    const auto connect_all = [](const Nodes& nodes, Node& to) {
        Everyone everyone{to, nodes};
        std::vector<Peer*> peers;
        peers.reserve(nodes.size());
        for (auto& node : nodes) {
            peers.push_back(&node->attach(to));
        }
        for (Peer* peer : peers) {
            REQUIRE(send(*peer, 1, pattern(1000, 1), everyone));
        }
        REQUIRE(take_turns_until(
            [&] {
                bool done = true;
                for (auto& node : nodes) {
                    done = node->engine().flush() && done;
                }
                return done && to.received.size() == nodes.size();
            },
            everyone));
        take_turns(5, everyone);
        to.received = {};
    };
    // Engines keep a few buffers for all of their connections: what comes before fills their pools.
    connect_all(spokes, first_hub);
    connect_all(early, hub);

    const size_t heap = heap_in_use();
    const size_t locked = status_bytes("VmLck");
    const size_t secrets = SecretArena::instance().bytes_in_use();
    connect_all(spokes, hub);
    // Both ends of each connection are in this process.
    const size_t ends = 2 * kConnections;
    const size_t heap_of_one = (heap_in_use() - heap) / ends;
    const size_t locked_of_one = (status_bytes("VmLck") - locked) / ends;
    const size_t secrets_of_one = (SecretArena::instance().bytes_in_use() - secrets) / ends;
    CHECK(secrets_of_one < 4096);
    if (!kSanitized) {
        std::cout << "idle connection, of " << kConnections << ", " << candidate.name << ", "
                  << attest::to_string(identity.mode) << ": " << heap_of_one
                  << " B of heap per end, " << locked_of_one << " B of locked memory per end ("
                  << secrets_of_one << " B in use)\n";
        CHECK(heap_of_one > 0);
        CHECK(heap_of_one + locked_of_one < 10 * 1024);
    }
}

TEST_CASE("A stranger that does nothing does not slow down who makes progress with many peers") {
    constexpr size_t kPeers = kSanitized ? 20 : 200;
    Node node;
    std::vector<std::unique_ptr<Node>> others;
    for (size_t i = 0; i < kPeers; ++i) {
        others.push_back(std::make_unique<Node>());
        Peer& peer = others.back()->attach(node);
        REQUIRE(take_turns_until([&] { return peer.has_room(0); }, node, *others.back()));
    }
    take_turns(20, node);
    // The shortest of several rounds: others use this machine too.
    const auto progress_time = [&] {
        auto shortest = std::chrono::steady_clock::duration::max();
        for (int round = 0; round < 20; ++round) {
            const auto begin = std::chrono::steady_clock::now();
            for (int i = 0; i < 1000; ++i) {
                node.engine().progress();
            }
            shortest = std::min(shortest, std::chrono::steady_clock::now() - begin);
        }
        return shortest;
    };
    const auto alone = progress_time();
    const SocketAddress& address = node.engine().listen_address();
    const UniqueFd stranger(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(stranger.get(), address.get(), address.size()) == 0);
    REQUIRE(take_turns_until([&] { return node.engine().link_count() == kPeers + 1; }, node));
    const auto beside_stranger = progress_time();
    CAPTURE(alone.count(), beside_stranger.count());
    if (!kSanitized) {
        CHECK(beside_stranger < 5 * alone);
    }
}

TEST_CASE(
    "Of peers that failed only the names stay, of those that somebody here held: these are dead") {
    NodeOptions options;
    options.engine.max_dead = 121;
    Node node(options);
    std::shared_ptr<channel::Identity> identity;
    channel::InstanceId id{};
    bool hold = false;
    const auto fail_peers = [&](int count) {
        for (int i = 0; i < count; ++i) {
            identity = make_member();
            AuthenticatedPeer peer(node, identity);
            REQUIRE(peer.connect());
            id = peer.id();
            const size_t before = node.failures.size();
            Peer* held = hold ? &node.attach(id, node.engine().listen_address()) : nullptr;
            peer.vanish();
            REQUIRE(take_turns_until([&] { return node.failures.size() > before; }, node));
            if (held != nullptr) {
                node.release(*held);
            }
            REQUIRE(take_turns_until([&] { return node.engine().peer_count() == 0; }, node));
        }
    };
    const auto growth = [&](int count) {
        const size_t before = heap_in_use();
        fail_peers(count);
        return static_cast<long>(heap_in_use() - before);
    };
    constexpr int kPeers = 100;
    node.failures.reserve(1000);
    fail_peers(200);  // what is allocated once, and what the heap keeps for itself
    const long of_strangers = growth(kPeers);
    AuthenticatedPeer stranger(node, identity);
    CHECK(stranger.connect());  // nobody here has lost anything
    stranger.vanish();
    REQUIRE(take_turns_until([&] { return node.engine().peer_count() == 0; }, node));

    hold = true;
    fail_peers(20);
    const long of_held = growth(kPeers);
    if (!kSanitized) {
        CAPTURE(of_strangers, of_held);
        CHECK(of_strangers < 600 * kPeers);  // with what the test notes
        CHECK(of_held - of_strangers < 150 * kPeers);
    }
    const auto again = node.engine().attach(id, node.engine().listen_address());
    REQUIRE(!again.ok());
    CHECK(again.error().code() == ErrorCode::kClosed);
    AuthenticatedPeer returning(node, identity);
    CHECK_FALSE(returning.connect());
    CHECK(node.engine().peer_count() == 0);

    // Who cannot remember any more makes no more connections.
    fail_peers(1);
    AuthenticatedPeer late(node);
    CHECK_FALSE(late.connect());
    const auto refused = node.engine().attach(late.id(), node.engine().listen_address());
    REQUIRE(!refused.ok());
    CHECK(refused.error().code() == ErrorCode::kExhausted);
}

TEST_CASE("Peers that nobody here has asked for are let in up to a bound") {
    NodeOptions options;
    options.engine.max_uninvited = 2;
    Node node(options);
    std::vector<std::unique_ptr<AuthenticatedPeer>> guests;
    for (int i = 0; i < 2; ++i) {
        guests.push_back(std::make_unique<AuthenticatedPeer>(node));
        REQUIRE(guests.back()->connect());
    }
    AuthenticatedPeer third(node);
    CHECK_FALSE(third.connect());
    CHECK(node.engine().peer_count() == 2);
    // Somebody asks for one: there is room for another.
    Peer& asked_for = node.attach(guests[0]->id(), node.engine().listen_address());
    AuthenticatedPeer fourth(node);
    CHECK(fourth.connect());
    // Nobody does any longer: no more come, and those that are here stay.
    node.release(asked_for);
    AuthenticatedPeer fifth(node);
    CHECK_FALSE(fifth.connect());
    CHECK(node.engine().peer_count() == 3);
    CHECK(node.failures.empty());
}

TEST_CASE("Peers that nobody here has asked for leave descriptors for those that are asked for") {
    Node node;
    Node other;
    std::vector<UniqueFd> others_files;
    while (others_files.empty() || others_files.back().get() < 100) {
        others_files.emplace_back(::dup(STDERR_FILENO));
        REQUIRE(others_files.back().valid());
    }
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit few = before;
    few.rlim_cur = 112;  // of which an eighth is not for guests
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    AuthenticatedPeer guest(node);
    CHECK_FALSE(guest.connect());
    // The other has asked for this one, and so has the node for the other.
    Peer& peer = node.attach(other);
    other.attach(node);
    CHECK(take_turns_until([&] { return peer.state() == Peer::State::kOpen; }, node, other));
    CHECK(node.failures.empty());
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    AuthenticatedPeer later(node);
    CHECK(later.connect());
}

}  // namespace ucx_crypto::tcp
