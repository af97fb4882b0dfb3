// What every crypto interface is, crypto_tcp's as well as the stacked ones': UCT's view of one
// engine.
#pragma once

#include "ucx_crypto/stacked/fabric.h"
#include "ucx_crypto/stats/interface_stats.h"
#include "ucx_crypto/tcp/engine.h"
#include "ucx_crypto/uct/iface_config.h"
#include "ucx_crypto/uct/inner_interface.h"
#include "ucx_crypto/uct/md.h"

namespace ucx_crypto::uct {

struct Ep;

/// Who an endpoint leads to, as its address says.
struct PeerAddress {
    channel::InstanceId instance;
    tcp::SocketAddress listener;
};

/// The C++ part of an interface: what UCT's C structure only points to.
class IfaceState final : public tcp::EngineObserver {
  public:
    /// `base` has no handlers yet.
    explicit IfaceState(uct_base_iface_t* base) : base_(base), no_handler_(base->am[0].cb) {
        ucs_arbiter_init(&arbiter);
    }
    ~IfaceState() override { ucs_arbiter_cleanup(&arbiter); }

    void on_active_message(uint8_t am_id, MutableByteView payload) override;
    void on_writable(tcp::Peer& peer) override;
    void on_failed(tcp::Peer& peer, const Error& error, bool orderly) override;

    std::unique_ptr<stats::InterfaceStats> stats;  // before the engine, which counts to its end
    /// Reads what this transport's interfaces give as their addresses.
    Result<PeerAddress> (*read_address)(const IfaceState& state,
                                        const uct_ep_params_t& params) = nullptr;
    const char* settings_prefix = "";  ///< "UCX_CRYPTO_TCP_"
    // Of a stacked transport. Destroyed after the engine, which uses them.
    std::unique_ptr<InnerInterface> inner;
    std::unique_ptr<stacked::Fabric> fabric;
    tcp::Poll event_poll;  ///< the engine's events and the inner interface's
    std::shared_ptr<helpers::Service> helpers;
    std::unique_ptr<tcp::Engine> engine;
    std::shared_ptr<channel::Identity> identity;
    tcp::SocketAddress address;
    std::string device;
    uint32_t scope_id = 0;
    size_t segment_size = 0;
    size_t max_iov = 0;
    bool put_enable = true;
    bool prefer_default = true;
    OnFailure on_failure = OnFailure::kAbort;
    bool coalesces = true;
    bool dispatching = false;
    size_t pending = 0;  // requests of all endpoints that wait for room
    int timer_id = -1;
    ucs_arbiter_t arbiter;
    std::vector<Ep*> endpoints;
    std::unique_ptr<uint8_t[]> pack_buffer;  // bcopy packs here: memory no peer can reach

    ucs_async_context_t* async() const { return base_->worker->async; }

  private:
    uct_base_iface_t* base_;
    uct_am_callback_t no_handler_;  // what UCT has where there is none
    bool told_of_unhandled_ = false;
};

struct Iface {
    uct_base_iface_t super;
    IfaceState* state;

    static Iface* of(uct_iface_h iface) { return reinterpret_cast<Iface*>(iface); }
};

// -- shared by tcp_iface.cc and stacked_iface.cc --

/// What one transport does differently when an interface is opened.
using StartInterface = Status (*)(IfaceState& state, Md& md, uct_worker_h worker,
                                  const uct_iface_params_t& params, const IfaceConfig& config);
ucs_status_t open_interface(uct_md_h md, uct_worker_h worker, const uct_iface_params_t* params,
                            const uct_iface_config_t* config, uct_iface_ops_t* ops,
                            StartInterface start, uct_iface_h* iface);
/// Operations that are the same for all of our transports, those of endpoints included.
void set_common_ops(uct_iface_ops_t& ops);
/// Capabilities that follow from the engine.
void query_capabilities(const IfaceState& state, uct_iface_attr_t& attr);
/// As people see it.
struct InterfaceName {
    std::string transport;
    std::string device;
};
/// Identity, counters, and an engine that listens on `network_device`; with state.fabric its
/// records go there.
Status start_engine(IfaceState& state, Md& md, const InterfaceName& name,
                    const std::string& network_device, const IfaceConfig& config);

/// Where a listener is, as packed addresses say it: the namespace of a loopback device, or an IP
/// address.
size_t location_size(const IfaceState& state);
void write_location(const IfaceState& state, uint8_t* location);
/// Could our listener and one of that kind, at that location, talk?
bool is_location_reachable(const IfaceState& state, bool is_loopback, uint8_t family,
                           const uint8_t* location);
/// A listener's address, as a peer finds it from an IP address in `ip` or, for a loopback device,
/// from our own.
Result<tcp::SocketAddress> listener_address(const IfaceState& state, bool is_loopback,
                                            uint8_t family, ByteView ip, uint16_t port);

}  // namespace ucx_crypto::uct
