#include "ucx_crypto/uct/tcp_iface.h"

#include "ucx_crypto/uct/c_boundary.h"

namespace ucx_crypto::uct {
namespace {

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

ucs_status_t event_fd_get(uct_iface_h tl_iface, int* fd) noexcept {
    *fd = Iface::of(tl_iface)->state->engine->event_fd();
    return UCS_OK;
}

ucs_status_t event_arm(uct_iface_h tl_iface, unsigned) noexcept {
    IfaceState& state = *Iface::of(tl_iface)->state;
    const AsyncBlock block(state.async());
    return state.engine->can_sleep() ? UCS_OK : UCS_ERR_BUSY;
}

ucs_status_t iface_query(uct_iface_h tl_iface, uct_iface_attr_t* attr) noexcept {
    Iface* iface = Iface::of(tl_iface);
    const IfaceState& state = *iface->state;
    uct_base_iface_query(&iface->super, attr);
    const ucs_status_t status =
        uct_tcp_netif_caps(state.device.c_str(), &attr->latency.c, &attr->bandwidth.shared);
    if (status != UCS_OK) {
        return status;
    }
    attr->iface_addr_len = sizeof(IfaceAddress);
    attr->device_addr_len = sizeof(DeviceAddress) + location_size(state);
    query_capabilities(state, *attr);
    // As stock tcp has them, so that UCP's thresholds stay comparable.
    attr->bandwidth.dedicated = 0;
    attr->latency.m = 0;
    attr->overhead = 50e-6;
    int is_default = 1;
    if (state.prefer_default &&
        uct_tcp_netif_is_default(state.device.c_str(), &is_default) != UCS_OK) {
        is_default = 1;
    }
    attr->priority = is_default != 0 ? 0 : 1;
    return UCS_OK;
}

ucs_status_t get_address(uct_iface_h tl_iface, uct_iface_addr_t* buffer) noexcept {
    const IfaceState& state = *Iface::of(tl_iface)->state;
    const IfaceAddress address{htons(state.engine->listen_address().port()),
                               state.engine->instance_id()};
    memcpy(buffer, &address, sizeof(address));
    return UCS_OK;
}

ucs_status_t get_device_address(uct_iface_h tl_iface, uct_device_addr_t* buffer) noexcept {
    const IfaceState& state = *Iface::of(tl_iface)->state;
    auto* bytes = reinterpret_cast<uint8_t*>(buffer);
    const DeviceAddress header{static_cast<uint8_t>(state.address.is_loopback() ? 1 : 0),
                               static_cast<uint8_t>(state.address.family())};
    memcpy(bytes, &header, sizeof(header));
    write_location(state, bytes + sizeof(header));
    return UCS_OK;
}

int is_reachable(const uct_iface_h tl_iface, const uct_device_addr_t* device,
                 const uct_iface_addr_t*) noexcept {
    const IfaceState& state = *Iface::of(tl_iface)->state;
    const auto* bytes = reinterpret_cast<const uint8_t*>(device);
    DeviceAddress header{};
    memcpy(&header, bytes, sizeof(header));
    return is_location_reachable(state, header.is_loopback != 0, header.family,
                                 bytes + sizeof(header))
               ? 1
               : 0;
}

Result<PeerAddress> read_tcp_address(const IfaceState& state, const uct_ep_params_t& params) {
    IfaceAddress address{};
    memcpy(&address, params.iface_addr, sizeof(address));
    const auto* device = reinterpret_cast<const uint8_t*>(params.dev_addr);
    DeviceAddress header{};
    memcpy(&header, device, sizeof(header));
    const size_t size = header.family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
    const bool is_loopback = header.is_loopback != 0;
    return PeerAddress {
        address.instance, UCX_CRYPTO_TRY(listener_address(
                              state, is_loopback, header.family,
                              is_loopback ? ByteView() : ByteView(device + sizeof(header), size),
                              ntohs(address.port)))
    };
}

Status start_tcp(IfaceState& state, Md& md, uct_worker_h, const uct_iface_params_t& params,
                 const IfaceConfig& config) {
    state.read_address = read_tcp_address;
    state.settings_prefix = "UCX_CRYPTO_TCP_";
    const char* device = params.mode.device.dev_name;
    return start_engine(state, md, {"crypto_tcp", device}, device, config);
}

uct_iface_ops_t make_iface_ops() {
    uct_iface_ops_t ops{};
    set_common_ops(ops);
    ops.iface_event_fd_get = for_c(event_fd_get);
    ops.iface_event_arm = for_c(event_arm);
    ops.iface_query = for_c(iface_query);
    ops.iface_get_address = for_c(get_address);
    ops.iface_get_device_address = for_c(get_device_address);
    ops.iface_is_reachable = for_c(is_reachable);
    return ops;
}

uct_iface_ops_t iface_ops = make_iface_ops();

}  // namespace

ucs_status_t tcp_iface_open(uct_md_h md, uct_worker_h worker, const uct_iface_params_t* params,
                            const uct_iface_config_t* config, uct_iface_h* tl_iface) noexcept {
    return open_interface(md, worker, params, config, &iface_ops, start_tcp, tl_iface);
}

}  // namespace ucx_crypto::uct
