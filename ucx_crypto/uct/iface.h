// A crypto interface: UCT's view of one engine. That of crypto_tcp, and what the stacked ones share
// with it.
#pragma once

#include "ucx_crypto/stacked/fabric.h"
#include "ucx_crypto/stats/interface_stats.h"
#include "ucx_crypto/tcp/engine.h"
#include "ucx_crypto/uct/inner_interface.h"
#include "ucx_crypto/uct/md.h"

namespace ucx_crypto::uct {

inline constexpr char kTransportName[] = "crypto_tc";  // UCT_TL_NAME_MAX is 10 with the NUL

/// UCX_CRYPTO_TCP_*, and the same of stacked transports.
struct IfaceConfig {
    uct_iface_config_t super;
    size_t segment_size;
    unsigned long max_iov;
    int prefer_default;
    int put_enable;
    int nodelay;
    size_t send_buffer;
    size_t receive_buffer;
    ucs_range_spec_t port_range;
    double handshake_timeout;   // seconds
    double keepalive_interval;  // seconds
    unsigned max_handshakes;
    unsigned on_failure;
    unsigned coalescing;
};
extern ucs_config_field_t iface_config_table[];

enum class OnFailure : unsigned { kAbort, kError };

struct Ep;

/// Header of a packed AM iface address: port and instance id. Its size is UCT's iface_addr_len.
struct IfaceAddress {
    uint16_t port;  ///< network order
    channel::InstanceId instance;
};
static_assert(sizeof(IfaceAddress) == 18);

/// Start of the device address; an IPv4 or IPv6 address, or a loopback's namespace id, follows.
struct DeviceAddress {
    uint8_t is_loopback;
    uint8_t family;
};
static_assert(sizeof(DeviceAddress) == 2);

/// Who an endpoint leads to, as its address says.
struct PeerAddress {
    channel::InstanceId instance;
    tcp::SocketAddress listener;
};

/// The C++ part of an interface: what UCT's C structure only points to.
class IfaceState final : public tcp::EngineObserver {
  public:
    explicit IfaceState(uct_base_iface_t* base) : base_(base) { ucs_arbiter_init(&arbiter); }
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
};

struct Iface {
    uct_base_iface_t super;
    IfaceState* state;

    static Iface* of(uct_iface_h iface) { return reinterpret_cast<Iface*>(iface); }
};

/// UCT's iface_open of crypto_tcp.
ucs_status_t iface_open(uct_md_h md, uct_worker_h worker, const uct_iface_params_t* params,
                        const uct_iface_config_t* config, uct_iface_h* iface);

// -- shared with stacked_iface.cc --

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
/// A listener's address, as a peer finds it from an IP address in `ip` or, for a loopback device,
/// from our own.
Result<tcp::SocketAddress> listener_address(const IfaceState& state, bool is_loopback,
                                            uint8_t family, ByteView ip, uint16_t port);

}  // namespace ucx_crypto::uct
