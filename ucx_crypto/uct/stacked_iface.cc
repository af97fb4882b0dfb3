#include "ucx_crypto/uct/stacked_iface.h"

#include <algorithm>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/stacked/ring.h"
#include "ucx_crypto/uct/c_boundary.h"
#include "ucx_crypto/uct/devices.h"
#include "ucx_crypto/uct/ep.h"

namespace ucx_crypto::uct {
namespace {

/// Start of a packed interface address; the inner interface's own address follows.
struct StackedAddress {
    uint8_t is_loopback;
    uint8_t family;
    uint16_t port;  ///< of the listener, network order
    channel::InstanceId instance;
    std::array<uint8_t, 16> location;  ///< IPv4 or IPv6 address, or a loopback's namespace
};
static_assert(sizeof(StackedAddress) == 36);
static_assert(sizeof(uct_iface_local_addr_ns_t) <= sizeof(StackedAddress::location));

StackedAddress own_address(const IfaceState& state) {
    StackedAddress address{};
    address.is_loopback = state.address.is_loopback() ? 1 : 0;
    address.family = static_cast<uint8_t>(state.address.family());
    address.port = htons(state.engine->listen_address().port());
    address.instance = state.engine->instance_id();
    write_location(state, address.location.data());
    return address;
}

StackedAddress unpack(const uct_iface_addr_t* packed) {
    StackedAddress address{};
    memcpy(&address, packed, sizeof(address));
    return address;
}

Result<PeerAddress> read_stacked_address(const IfaceState& state, const uct_ep_params_t& params) {
    const StackedAddress address = unpack(params.iface_addr);
    return PeerAddress {
        address.instance,
            UCX_CRYPTO_TRY(listener_address(state, address.is_loopback != 0, address.family,
                                            address.location, ntohs(address.port)))
    };
}

ucs_status_t stacked_get_address(uct_iface_h tl_iface, uct_iface_addr_t* buffer) noexcept {
    const IfaceState& state = *Iface::of(tl_iface)->state;
    const StackedAddress address = own_address(state);
    auto* bytes = reinterpret_cast<uint8_t*>(buffer);
    memcpy(bytes, &address, sizeof(address));
    if (state.inner->attributes().iface_addr_len == 0) {
        return UCS_OK;
    }
    return uct_iface_get_address(state.inner->iface(),
                                 reinterpret_cast<uct_iface_addr_t*>(bytes + sizeof(address)));
}

ucs_status_t stacked_get_device_address(uct_iface_h tl_iface, uct_device_addr_t* buffer) noexcept {
    return uct_iface_get_device_address(Iface::of(tl_iface)->state->inner->iface(), buffer);
}

int stacked_is_reachable(const uct_iface_h tl_iface, const uct_device_addr_t* device,
                         const uct_iface_addr_t* packed) noexcept {
    const IfaceState& state = *Iface::of(tl_iface)->state;
    const StackedAddress address = unpack(packed);
    if (!is_location_reachable(state, address.is_loopback != 0, address.family,
                               address.location.data())) {
        return 0;
    }
    const auto* inner = reinterpret_cast<const uint8_t*>(packed) + sizeof(address);
    return uct_iface_is_reachable(state.inner->iface(), device,
                                  reinterpret_cast<const uct_iface_addr_t*>(inner));
}

ucs_status_t stacked_iface_query(uct_iface_h tl_iface, uct_iface_attr_t* attr) noexcept {
    Iface* iface = Iface::of(tl_iface);
    const IfaceState& state = *iface->state;
    const uct_iface_attr_t& inner = state.inner->attributes();
    uct_base_iface_query(&iface->super, attr);
    query_capabilities(state, *attr);
    if (state.inner->event_fd() < 0) {
        attr->cap.event_flags = 0;
    }
    attr->iface_addr_len = sizeof(StackedAddress) + inner.iface_addr_len;
    attr->device_addr_len = inner.device_addr_len;
    attr->latency = inner.latency;
    attr->bandwidth = inner.bandwidth;
    attr->overhead = inner.overhead;
    attr->priority = inner.priority;
    attr->dev_num_paths = inner.dev_num_paths;
    return UCS_OK;
}

ucs_status_t stacked_event_fd_get(uct_iface_h tl_iface, int* fd) noexcept {
    *fd = Iface::of(tl_iface)->state->event_poll.fd();
    return UCS_OK;
}

ucs_status_t stacked_event_arm(uct_iface_h tl_iface, unsigned) noexcept {
    IfaceState& state = *Iface::of(tl_iface)->state;
    const AsyncBlock block(state.async());
    return state.engine->can_sleep() && state.fabric->can_sleep() && state.inner->arm()
               ? UCS_OK
               : UCS_ERR_BUSY;
}

uct_iface_ops_t make_stacked_ops() {
    uct_iface_ops_t ops{};
    set_common_ops(ops);
    ops.iface_event_fd_get = for_c(stacked_event_fd_get);
    ops.iface_event_arm = for_c(stacked_event_arm);
    ops.iface_query = for_c(stacked_iface_query);
    ops.iface_get_address = for_c(stacked_get_address);
    ops.iface_get_device_address = for_c(stacked_get_device_address);
    ops.iface_is_reachable = for_c(stacked_is_reachable);
    return ops;
}

uct_iface_ops_t stacked_ops = make_stacked_ops();

/// The network device whose address the listener has, as the setting says or for "auto": the
/// loopback for transports within the host, else that of the default route.
Result<std::string> listener_device(const StackedTransport& transport, const std::string& setting) {
    if (setting != "auto") {
        return setting;
    }
    if (transport.within_host) {
        return std::string("lo");
    }
    uct_tl_device_resource_t* devices = nullptr;
    unsigned count = 0;
    std::string chosen;
    if (query_network_devices(nullptr, &devices, &count) == UCS_OK) {
        for (unsigned i = 0; i < count; ++i) {
            int is_default = 0;
            const bool known = uct_tcp_netif_is_default(devices[i].name, &is_default) == UCS_OK;
            const bool is_loopback = std::string_view(devices[i].name) == "lo";
            if (chosen.empty() || (chosen == "lo" && !is_loopback) || (known && is_default != 0)) {
                chosen = devices[i].name;
            }
        }
        ucs_free(devices);
    }
    if (chosen.empty()) {
        return Error(ErrorCode::kNotFound,
                     "expected a network device with an IP address for attested connections, found "
                     "none");
    }
    return chosen;
}

Status start_stacked(IfaceState& state, Md& md, uct_worker_h worker,
                     const uct_iface_params_t& params, const IfaceConfig& config) {
    const StackedTransport* transport = find_stacked_transport(params.mode.device.tl_name);
    if (transport == nullptr) {
        return Error(ErrorCode::kNotFound, "no such stacked transport");
    }
    state.read_address = read_stacked_address;
    state.settings_prefix = transport->full_prefix;
    const auto devices = inner_devices(md, *transport);
    const auto device = std::find_if(devices.begin(), devices.end(), [&](const auto& found) {
        return std::string_view(found.resource.name) == params.mode.device.dev_name;
    });
    if (device == devices.end()) {
        return Error(ErrorCode::kNotFound, "expected a device of the inner transport, found none");
    }
    const auto& stacked = reinterpret_cast<const StackedConfig&>(config);
    if (stacked.ring_size != 0 &&
        (stacked.ring_size < stacked::kMinRingSize || stacked.ring_size > stacked::kMaxRingSize)) {
        return Error(ErrorCode::kInvalidArgument,
                     std::string(transport->full_prefix) +
                         "RING_SIZE: expected 64k to 16m, or 0 for none, found " +
                         std::to_string(stacked.ring_size));
    }
    state.inner =
        UCX_CRYPTO_TRY(InnerInterface::open(*device, worker, state.async(), stacked.ring_size));
    state.fabric = std::make_unique<stacked::Fabric>(*state.inner);
    const std::string network_device = UCX_CRYPTO_TRY(listener_device(*transport, stacked.device));
    UCX_CRYPTO_TRY(
        start_engine(state, md, {transport->alias, device->resource.name}, network_device, config));
    state.event_poll = UCX_CRYPTO_TRY(tcp::Poll::create());
    state.event_poll.add(state.engine->event_fd(), EPOLLIN, 0);
    if (state.inner->event_fd() >= 0) {
        state.event_poll.add(state.inner->event_fd(), EPOLLIN, 0);
    }
    UCX_CRYPTO_DEBUG("%s: records over %s, connections over %s", transport->name,
                     device->transport.c_str(), state.device.c_str());
    return success();
}

}  // namespace

ucs_config_field_t stacked_config_table[] = {
    {"", "", nullptr, ucs_offsetof(StackedConfig, super),
     UCS_CONFIG_TYPE_TABLE(iface_config_table)},

    {"LISTENER_DEVICE", "auto",
     "Network device for the attested connections, which set up those over the inner transport.\n"
     "auto: the one of the default route, else any.",
     ucs_offsetof(StackedConfig, device), UCS_CONFIG_TYPE_STRING},

    {"RING_SIZE", "256k",
     "Memory of each connection into which its peer puts sealed bytes of large messages, and as\n"
     "much for those on their way to the peer: from 64k to 16m. 0: they go as active messages.",
     ucs_offsetof(StackedConfig, ring_size), UCS_CONFIG_TYPE_MEMUNITS},

    {nullptr, nullptr, nullptr, 0, {}}};

ucs_status_t stacked_iface_open(uct_md_h md, uct_worker_h worker, const uct_iface_params_t* params,
                                const uct_iface_config_t* config, uct_iface_h* iface) noexcept {
    return open_interface(md, worker, params, config, &stacked_ops, start_stacked, iface);
}

}  // namespace ucx_crypto::uct
