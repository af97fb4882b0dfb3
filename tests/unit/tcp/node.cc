#include "tests/unit/tcp/node.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <atomic>

namespace ucx_crypto::tcp {
namespace {

/// As in UCT: interfaces of one process never share a counter.
uint32_t next_counter() {
    static std::atomic<uint32_t> counter{0};
    return ++counter;
}

SocketAddress parse(const std::string& text) {
    std::array<uint8_t, sizeof(in6_addr)> ip{};
    const bool v6 = text.find(':') != std::string::npos;
    REQUIRE(inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), ip.data()) == 1);
    auto address = SocketAddress::from_ip(ByteView(ip).first(v6 ? 16 : 4), 0, 0);
    REQUIRE(address.ok());
    return *address;
}

}  // namespace

std::shared_ptr<channel::Identity> make_member(const record::EpochLimits& limits) {
    channel::IdentityOptions options;
    options.mode = attest::Mode::kOff;
    options.settings.max_plaintext = kSegmentSize + 256;
    options.settings.limits = limits;
    return channel::make_identity(options);
}

helpers::Service* helpers_of_tests() {
    const char* text = std::getenv("UCX_CRYPTO_TEST_HELPERS");
    if (text == nullptr) {
        return nullptr;
    }
    // Kept until the process ends: they are at work from the second pair of nodes on.
    static const auto service = helpers::Service::of_process(helpers::parse_setting(text).value());
    return service.get();
}

Node::Node(const NodeOptions& options) {
    EngineSettings settings = options.engine;
    if (settings.helpers == nullptr) {
        settings.helpers = helpers_of_tests();
    }
    auto engine = Engine::create(settings, parse(options.address),
                                 options.identity ? options.identity : make_member(),
                                 next_counter(), regions, *this, options.paths);
    INFO((engine.ok() ? "" : engine.error().message()));
    REQUIRE(engine.ok());
    engine_ = std::move(engine).value();
}

Peer& Node::attach(const channel::InstanceId& id, const SocketAddress& address) {
    auto peer = engine_->attach(id, address);
    INFO((peer.ok() ? "" : peer.error().message()));
    REQUIRE(peer.ok());
    ++handles_[*peer];
    return **peer;
}

void Node::release(Peer& peer) {
    if (--handles_.at(&peer) == 0) {
        engine_->after_operations(peer);
        handles_.erase(&peer);
    }
    engine_->release(peer);
}

void Node::turn() {
    if (engine_) {
        for (const auto& [peer, count] : handles_) {
            engine_->after_operations(*peer);
        }
        engine_->service();
        engine_->progress();
    }
}

void Node::seconds_pass(unsigned seconds) {
    for (unsigned i = 0; i < seconds; ++i) {
        turn();
        engine_->tick();
    }
}

void Node::on_active_message(uint8_t am_id, MutableByteView payload) {
    if (message_hook) {
        message_hook(am_id, payload);
    } else {
        received.push_back({am_id, to_bytes(payload)});
    }
}

void Node::on_writable(Peer& peer) {
    if (writable_hook) {
        writable_hook(peer);
    }
}

void Node::on_failed(Peer& peer, const Error& error, bool orderly) {
    UNSCOPED_INFO("failed: " << error.message());
    failures.push_back({&peer, error.code(), orderly});
    if (failure_hook) {
        failure_hook(peer);
    }
}

Pair::Pair(const NodeOptions& of_a, const NodeOptions& of_b) : a(of_a), b(of_b) {
    to_b = &a.attach(b);
    REQUIRE(until([&] { return to_b->state() == Peer::State::kOpen; }));
    to_a = &b.attach(a);
    REQUIRE(until([&] {
        return to_a->state() == Peer::State::kOpen && to_b->peer_holds_handles() &&
               to_b->has_room(kSegmentSize) && to_a->has_room(kSegmentSize);
    }));
}

Bytes pattern(size_t size, uint32_t seed) {
    Bytes bytes(size);
    uint32_t state = seed * 2654435761U + 12345U;
    for (auto& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<uint8_t>(state >> 24);
    }
    return bytes;
}

Bytes operator+(Bytes left, ByteView right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

}  // namespace ucx_crypto::tcp
