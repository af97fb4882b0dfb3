// What connections cost while they are there, and that they leave nothing behind.
#include "tests/unit/tcp/resources.h"

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

TEST_CASE("An idle connection costs less than 64 KiB of memory") {
    constexpr size_t kConnections = kSanitized ? 10 : 200;
    NodeOptions options;
    options.identity = make_member();
    Node first_hub(options);
    Node hub;
    std::vector<std::unique_ptr<Node>> spokes;
    for (size_t i = 0; i < kConnections; ++i) {
        spokes.push_back(std::make_unique<Node>(options));
    }
    struct Everyone {
        Node& hub;
        std::vector<std::unique_ptr<Node>>& spokes;
        void turn() const {
            hub.turn();
            for (auto& spoke : spokes) {
                spoke->turn();
            }
        }
    };
    const auto connect_all = [&](Node& to) {
        Everyone everyone{to, spokes};
        std::vector<Peer*> peers;
        peers.reserve(spokes.size());
        for (auto& spoke : spokes) {
            peers.push_back(&spoke->attach(to));
        }
        for (Peer* peer : peers) {
            REQUIRE(send(*peer, 1, pattern(1000, 1), everyone));
        }
        REQUIRE(take_turns_until(
            [&] {
                bool done = true;
                for (auto& spoke : spokes) {
                    done = spoke->engine().flush() && done;
                }
                return done && to.received.size() == kConnections;
            },
            everyone));
        take_turns(5, everyone);
        to.received = {};
    };
    // Engines keep a few buffers for all of their connections; a first one fills their pools.
    connect_all(first_hub);
    connect_all(first_hub);

    const size_t heap = heap_in_use();
    const size_t locked = status_bytes("VmLck");
    const size_t secrets = SecretArena::instance().bytes_in_use();
    connect_all(hub);
    // Both ends of each connection are in this process.
    const size_t ends = 2 * kConnections;
    const size_t heap_of_one = (heap_in_use() - heap) / ends;
    const size_t locked_of_one = (status_bytes("VmLck") - locked) / ends;
    const size_t secrets_of_one = (SecretArena::instance().bytes_in_use() - secrets) / ends;
    CHECK(secrets_of_one < 4096);
    if (!kSanitized) {
        std::cout << "idle connection, of " << kConnections << ": " << heap_of_one
                  << " B of heap per end, " << locked_of_one << " B of locked memory per end ("
                  << secrets_of_one << " B in use)\n";
        CHECK(heap_of_one > 0);
        CHECK(heap_of_one + locked_of_one < 64 * 1024);
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

TEST_CASE("Of peers that failed little more than their names stays, and they stay dead") {
    Node node;
    channel::InstanceId id{};
    std::shared_ptr<channel::Identity> identity;
    const auto fail_peers = [&](int count) {
        for (int i = 0; i < count; ++i) {
            identity = make_member();
            AuthenticatedPeer peer(node, identity);
            REQUIRE(peer.connect());
            id = peer.id();
            peer.vanish();
            REQUIRE(take_turns_until([&] { return node.engine().peer_count() == 0; }, node));
        }
    };
    fail_peers(20);  // what is allocated once
    const size_t before = heap_in_use();
    constexpr int kPeers = 100;
    fail_peers(kPeers);
    CHECK(node.failures.size() == 20 + kPeers);
    if (!kSanitized) {
        CHECK(heap_in_use() - before < size_t{1000} * kPeers);  // with what the test notes
    }
    const auto again = node.engine().attach(id, node.engine().listen_address());
    REQUIRE(!again.ok());
    CHECK(again.error().code() == ErrorCode::kClosed);
    AuthenticatedPeer returning(node, identity);
    CHECK_FALSE(returning.connect());
    CHECK(node.engine().peer_count() == 0);
}

}  // namespace ucx_crypto::tcp
