// Connections of the TCP engine over the loopback device, both ends in this thread.
#include <unistd.h>

#include <array>
#include <fstream>
#include <vector>

#include "bench/micro/micro.h"
#include "bench/micro/platform.h"
#include "ucx_crypto/tcp/engine.h"

namespace ucx_crypto::micro {
namespace {

constexpr std::chrono::seconds kPatience(30);
constexpr size_t kIdle = 64;      // connections whose memory is counted
constexpr size_t kFewPeers = 64;  // of one interface at a time

/// An interface that counts messages.
class Node final : public tcp::EngineObserver {
  public:
    static Result<std::unique_ptr<Node>> create(std::shared_ptr<channel::Identity> identity) {
        static uint32_t counter = 0;  // interfaces of one process never share one
        constexpr std::array<uint8_t, 4> kLoopback = {127, 0, 0, 1};
        auto node = std::make_unique<Node>();
        const tcp::EngineSettings settings{.segment_size = 64 * 1024 + 256, .socket = {}};
        node->engine_ = UCX_CRYPTO_TRY(tcp::Engine::create(
            settings, UCX_CRYPTO_TRY(tcp::SocketAddress::from_ip(kLoopback, 0, 0)),
            std::move(identity), ++counter, node->regions_, *node));
        return node;
    }

    /// Connects, and returns when a message has arrived there.
    Status connect(Node& other) {
        tcp::Peer* peer = UCX_CRYPTO_TRY(
            engine_->attach(other.engine_->instance_id(), other.engine_->listen_address()));
        const uint64_t before = other.messages_;
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        const ByteView nothing;
        bool sent = false;
        while (other.messages_ == before) {
            if (!sent && peer->state() == tcp::Peer::State::kOpen) {
                sent = peer->send_active_message(0, {&nothing, 1}) == tcp::SendResult::kDone;
                engine_->after_operations(*peer);
            }
            turn();
            other.turn();
            if (failed_ || other.failed_ || std::chrono::steady_clock::now() > deadline) {
                return failed_ ? *failed_
                               : Error(ErrorCode::kTimedOut,
                                       "expected a connection, found the peer to be '" +
                                           std::string(tcp::Peer::to_string(peer->state())) + "'");
            }
        }
        return success();
    }
    void turn() {
        engine_->service();
        engine_->progress();
    }

    void on_active_message(uint8_t, MutableByteView) override { ++messages_; }
    void on_writable(tcp::Peer&) override {}
    void on_failed(tcp::Peer&, const Error& error, bool orderly) override {
        if (!orderly) {
            failed_ = error;
        }
    }

  private:
    tcp::RegionTable regions_;
    std::unique_ptr<tcp::Engine> engine_;
    uint64_t messages_ = 0;
    std::optional<Error> failed_;
};

Status set_up(benchmark::State& state, attest::Mode mode) {
    const auto here = UCX_CRYPTO_TRY(make_process(mode));
    const auto there = UCX_CRYPTO_TRY(make_process(mode));
    std::unique_ptr<Node> node;
    size_t peers = kFewPeers;
    while (state.KeepRunning()) {
        if (peers++ == kFewPeers) {
            node =
                UCX_CRYPTO_TRY(Node::create(here));  // with thousands, walks over them would show
            peers = 1;
        }
        const auto other = UCX_CRYPTO_TRY(Node::create(there));
        Status connected = success();
        state.SetIterationTime(seconds_of([&] { connected = node->connect(*other); }));
        UCX_CRYPTO_TRY(std::move(connected));
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
    return success();
}

Result<double> resident_bytes() {
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    if (!(file >> total >> resident)) {
        return Error(ErrorCode::kIo, "expected numbers in /proc/self/statm, found none");
    }
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// Of each of the two ends, in user space.
Status idle_memory(benchmark::State& state, attest::Mode mode) {
    const auto here = UCX_CRYPTO_TRY(make_process(mode));
    const auto there = UCX_CRYPTO_TRY(make_process(mode));
    const auto node = UCX_CRYPTO_TRY(Node::create(here));
    const auto neighbour = UCX_CRYPTO_TRY(Node::create(here));
    double bytes = 0;
    while (state.KeepRunning()) {
        std::vector<std::unique_ptr<Node>> others;
        for (size_t i = 0; i <= kIdle; ++i) {
            // What an interface needs for its first connection, its buffers above all, it has
            // afterwards.
            others.push_back(UCX_CRYPTO_TRY(Node::create(there)));
            UCX_CRYPTO_TRY(neighbour->connect(*others[i]));
        }
        UCX_CRYPTO_TRY(node->connect(*others[kIdle]));
        const double before = UCX_CRYPTO_TRY(resident_bytes());
        for (size_t i = 0; i < kIdle; ++i) {
            UCX_CRYPTO_TRY(node->connect(*others[i]));
        }
        bytes = (UCX_CRYPTO_TRY(resident_bytes()) - before) / (2 * kIdle);
    }
    state.counters["bytes"] = bytes;
    return success();
}

}  // namespace

void register_connection() {
    add("connection/idle_memory", [](benchmark::State& state) {
        return idle_memory(state, attest::Mode::kEmulated);
    }).Iterations(1);
    for (const auto& [name, mode] :
         {std::pair("connection/set_up/no_evidence", attest::Mode::kOff),
          std::pair("connection/set_up/evidence", attest::Mode::kEmulated)}) {
        add(name, [mode = mode](benchmark::State& state) { return set_up(state, mode); })
            .UseManualTime()
            ->Unit(benchmark::kMicrosecond);
    }
}

}  // namespace ucx_crypto::micro
