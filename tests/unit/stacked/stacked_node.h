// Two engines of one process whose records go over an inner transport in memory.
#pragma once

#include "tests/unit/stacked/fake_inner.h"
#include "tests/unit/tcp/node.h"
#include "ucx_crypto/stacked/fabric.h"

namespace ucx_crypto::stacked {

/// An interface: what uct/ makes of engine, fabric and inner interface.
struct StackedNode {
    StackedNode(FakeNetwork& network, const FakeInner::Options& options, tcp::NodeOptions node = {})
        : inner(network, options), fabric(std::make_unique<Fabric>(inner)) {
        node.paths = fabric.get();
        engine.emplace(node);
    }

    void turn() {
        inner.progress();
        engine->turn();
        fabric->progress();
    }
    void seconds_pass(unsigned seconds) {
        for (unsigned i = 0; i < seconds; ++i) {
            inner.progress();
            engine->seconds_pass(1);
        }
    }

    FakeInner inner;
    std::unique_ptr<Fabric> fabric;
    std::optional<tcp::Node> engine;
};

/// Connected, with a handle on each side.
struct StackedPair {
    explicit StackedPair(const FakeInner::Options& options = {}, const tcp::NodeOptions& node = {})
        : StackedPair(options, options, node) {}
    StackedPair(const FakeInner::Options& of_a, const FakeInner::Options& of_b,
                const tcp::NodeOptions& node = {})
        : a(network, of_a, node), b(network, of_b, node) {
        to_b = &a.engine->attach(*b.engine);
        to_a = &b.engine->attach(*a.engine);
    }

    template <typename Condition>
    bool until(Condition condition) {
        return tcp::take_turns_until(condition, a, b);
    }
    /// Until both may send.
    bool open() {
        return until([this] {
            return to_b->has_room(tcp::kSegmentSize) && to_a->has_room(tcp::kSegmentSize);
        });
    }
    bool send(ByteView payload) { return tcp::send(*to_b, 3, payload, a, b); }

    FakeNetwork network;
    StackedNode a;
    StackedNode b;
    tcp::Peer* to_b;
    tcp::Peer* to_a;
};

}  // namespace ucx_crypto::stacked
