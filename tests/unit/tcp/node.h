// An engine on a loopback socket and what it told its observer.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "tests/support/sanitized.h"
#include "tests/unit/channel/support.h"
#include "ucx_crypto/tcp/engine.h"

namespace ucx_crypto::tcp {

inline constexpr size_t kSegmentSize = 64 * 1024 + 256;
/// Everything here takes milliseconds; the rest is for a sanitizer on a loaded machine.
inline constexpr std::chrono::seconds kDeadline{30};

inline constexpr bool kSanitized = UCX_CRYPTO_SANITIZED != 0;

/// Attestation off: members by the domain key alone.
std::shared_ptr<channel::Identity> make_member(const record::EpochLimits& limits = {});

/// As many as UCX_CRYPTO_TEST_HELPERS says, null where it does not: what the engine promises it
/// keeps with helpers and without.
helpers::Service* helpers_of_tests();

struct NodeOptions {
    EngineSettings engine{.segment_size = kSegmentSize, .socket = {}};
    std::string address = "127.0.0.1";
    std::shared_ptr<channel::Identity> identity{};  ///< of its own when empty
    PathFactory* paths = nullptr;                   ///< outlives the node
};

/// One thread at a time.
class Node final : public EngineObserver {
  public:
    struct Message {
        uint8_t am_id;
        Bytes payload;
    };
    struct Failure {
        Peer* peer;
        ErrorCode code;
        bool orderly;
    };

    explicit Node(const NodeOptions& options = {});

    Engine& engine() { return *engine_; }
    const Engine& engine() const { return *engine_; }
    const channel::InstanceId& id() const { return engine_->instance_id(); }
    /// Takes a handle on the connection to `other`.
    Peer& attach(const Node& other) { return attach(other.id(), other.engine_->listen_address()); }
    Peer& attach(const channel::InstanceId& id, const SocketAddress& address);
    void release(Peer& peer);
    /// The end of the operations since the last turn, then what an asynchronous thread and the
    /// worker's thread do.
    void turn();
    /// Orderly end of the interface.
    void close() { engine_.reset(); }
    void seconds_pass(unsigned seconds);

    void on_active_message(uint8_t am_id, MutableByteView payload) override;
    void on_writable(Peer& peer) override;
    void on_failed(Peer& peer, const Error& error, bool orderly) override;

    RegionTable regions;
    std::vector<Message> received;  ///< unless `message_hook` takes them
    std::vector<Failure> failures;
    std::function<void(uint8_t, MutableByteView)> message_hook;
    std::function<void(Peer&)> writable_hook;
    std::function<void(Peer&)> failure_hook;

  private:
    std::unique_ptr<Engine> engine_;
    std::map<Peer*, unsigned> handles_;
};

/// Gives turns to everyone until `condition` holds; false when the deadline passes.
template <typename Condition, typename... Turns>
bool take_turns_until(Condition condition, Turns&... parties) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        (parties.turn(), ...);
    }
    return true;
}

/// A bounded number of turns, for what must not happen.
template <typename... Turns>
void take_turns(int count, Turns&... parties) {
    for (int i = 0; i < count; ++i) {
        (parties.turn(), ...);
    }
}

/// Two connected nodes; `a` connected, and each holds a handle.
struct Pair {
    explicit Pair(const NodeOptions& options = {}) : Pair(options, options) {}
    Pair(const NodeOptions& of_a, const NodeOptions& of_b);

    template <typename Condition>
    bool until(Condition condition) {
        return take_turns_until(condition, a, b);
    }

    Node a;
    Node b;
    Peer* to_b;
    Peer* to_a;
};

/// `size` bytes that depend on `seed` and on their place.
Bytes pattern(size_t size, uint32_t seed);
Bytes operator+(Bytes left, ByteView right);

/// Sends one message, giving turns while there is no room.
template <typename... Turns>
bool send(Peer& peer, uint8_t am_id, ByteView payload, Turns&... parties) {
    SendResult result = SendResult::kNoResource;
    return take_turns_until(
               [&] {
                   result = peer.send_active_message(am_id, {&payload, 1});
                   return result != SendResult::kNoResource;
               },
               parties...) &&
           result == SendResult::kDone;
}

/// Counts how an operation ended.
struct Ending {
    int done = 0;
    int canceled = 0;
    int failed = 0;

    int count() const { return done + canceled + failed; }
    Completion completion() {
        return {[](void* argument, Completion::Outcome outcome) {
                    auto& self = *static_cast<Ending*>(argument);
                    ++(outcome == Completion::Outcome::kDone       ? self.done
                       : outcome == Completion::Outcome::kCanceled ? self.canceled
                                                                   : self.failed);
                },
                this};
    }
};

/// Registered memory of a node, with the token of a packed key.
struct RegisteredMemory {
    RegisteredMemory(Node& node, MutableByteView range)
        : regions(node.regions), region(node.regions.add(address_of(range), range.size())) {
        token = node.regions.mint(*region);
    }
    ~RegisteredMemory() { regions.remove(region); }
    RegisteredMemory(const RegisteredMemory&) = delete;
    RegisteredMemory& operator=(const RegisteredMemory&) = delete;

    static uint64_t address_of(ByteView range) { return reinterpret_cast<uint64_t>(range.data()); }
    void deregister() { regions.remove(region); }

    RegionTable& regions;
    std::shared_ptr<Region> region;
    Token token{};
};

}  // namespace ucx_crypto::tcp
