#include "ucx_crypto/uct/iface.h"

#include <net/if.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/uct/ep.h"

namespace ucx_crypto::uct {

static const char* on_failure_names[] = {"abort", "error", nullptr};
static const char* coalescing_names[] = {"none", "progress", "burst", nullptr};

ucs_config_field_t iface_config_table[] = {
    {"", "MAX_NUM_EPS=inf", nullptr, ucs_offsetof(IfaceConfig, super),
     UCS_CONFIG_TYPE_TABLE(uct_iface_config_table)},

    {"SEG_SIZE", "65792",
     "Largest active message in bytes, and largest payload of one record. Must be the same on all\n"
     "nodes. 64 KiB and room for UCP's header by default.",
     ucs_offsetof(IfaceConfig, segment_size), UCS_CONFIG_TYPE_MEMUNITS},

    {"MAX_IOV", "6", "Largest number of buffers in one operation, at most 6.",
     ucs_offsetof(IfaceConfig, max_iov), UCS_CONFIG_TYPE_ULONG},

    {"PREFER_DEFAULT", "y", "Give higher priority to the device of the default route.",
     ucs_offsetof(IfaceConfig, prefer_default), UCS_CONFIG_TYPE_BOOL},

    {"PUT_ENABLE", "y", "Enable PUT zcopy.", ucs_offsetof(IfaceConfig, put_enable),
     UCS_CONFIG_TYPE_BOOL},

    {"NODELAY", "y", "Set TCP_NODELAY.", ucs_offsetof(IfaceConfig, nodelay), UCS_CONFIG_TYPE_BOOL},

    {"SNDBUF", "auto", "Size of the socket's send buffer in bytes.",
     ucs_offsetof(IfaceConfig, send_buffer), UCS_CONFIG_TYPE_MEMUNITS},

    {"RCVBUF", "auto", "Size of the socket's receive buffer in bytes.",
     ucs_offsetof(IfaceConfig, receive_buffer), UCS_CONFIG_TYPE_MEMUNITS},

    {"PORT_RANGE", "0",
     "TCP ports to listen on, as FIRST-LAST. Zero: the operating system chooses.",
     ucs_offsetof(IfaceConfig, port_range), UCS_CONFIG_TYPE_RANGE_SPEC},

    {"HANDSHAKE_TIMEOUT", "20s",
     "Time after which a handshake fails; as much of it as this process could make progress in. "
     "In\n"
     "whole seconds, rounded up.",
     ucs_offsetof(IfaceConfig, handshake_timeout), UCS_CONFIG_TYPE_TIME},

    {"KEEPALIVE_INTERVAL", "10s",
     "Time between authenticated keepalive records on a connection; 0 disables them. In whole\n"
     "seconds, rounded up.",
     ucs_offsetof(IfaceConfig, keepalive_interval), UCS_CONFIG_TYPE_TIME},

    {"MAX_HANDSHAKES", "256",
     "Handshakes of others at the same time, at least 1. Further connections take the place of "
     "the\n"
     "oldest that have said nothing yet, else they wait in the kernel.",
     ucs_offsetof(IfaceConfig, max_handshakes), UCS_CONFIG_TYPE_UINT},

    {"ON_FAILURE", "abort",
     "What happens when a connection fails and no error handler of the application takes it:\n"
     "  abort - the process ends with a message; MPI jobs would hang otherwise\n"
     "  error - the error is reported through UCX only",
     ucs_offsetof(IfaceConfig, on_failure), UCS_CONFIG_TYPE_ENUM(on_failure_names)},

    {"COALESCE", "progress",
     "Which messages to one peer may leave in one system call:\n"
     "  none     - each leaves by itself\n"
     "  progress - those that are sent while UCX makes progress\n"
     "  burst    - also messages of up to 1 KiB that follow each other: they wait until UCX makes\n"
     "             progress, for 16 KiB of them, or for 250 us. Many more messages per second; "
     "one\n"
     "             whose sender turns to something else arrives later.",
     ucs_offsetof(IfaceConfig, coalescing), UCS_CONFIG_TYPE_ENUM(coalescing_names)},

    {nullptr, nullptr, nullptr, 0, {}}};

void IfaceState::on_active_message(uint8_t am_id, MutableByteView payload) {
    // An id beyond UCT's table of handlers has ended the connection.
    static_assert(tcp::kActiveMessageIds == UCT_AM_ID_MAX);
    // Flags 0: the handler copies what it keeps, as the buffer is the connection's.
    uct_iface_invoke_am(base_, am_id, payload.data(), static_cast<unsigned>(payload.size()), 0);
}

void IfaceState::on_writable(tcp::Peer& peer) {
    dispatch_pending(*this, peer);
}

void IfaceState::on_failed(tcp::Peer& peer, const Error& error, bool orderly) {
    // UCP destroys, purges and flushes inside the handler: work on a list of our own, and look
    // before each call whether the endpoint still is.
    const std::vector<Ep*> snapshot = endpoints;
    bool handled = false;
    bool refused = false;
    for (Ep* ep : snapshot) {
        const bool alive = std::find(endpoints.begin(), endpoints.end(), ep) != endpoints.end();
        if (!alive || ep->peer != &peer || ep->failed) {
            continue;
        }
        ep->failed = true;
        const ucs_status_t status =
            uct_iface_handle_ep_err(&base_->super, &ep->super.super, to_ucs_status(error.code()));
        (status == UCS_OK ? handled : refused) = true;
    }
    if (orderly) {
        return;
    }
    if (on_failure == OnFailure::kAbort && (refused || !handled)) {
        UCX_CRYPTO_ERROR(
            "connection to peer %s failed: %s. No error handler takes it, so this process ends "
            "(%sON_FAILURE=error would go on)",
            peer.name().c_str(), error.message().c_str(), settings_prefix);
        stats::InterfaceStats::report_all();
        std::_Exit(EXIT_FAILURE);
    }
    UCX_CRYPTO_WARN("connection to peer %s failed: %s", peer.name().c_str(),
                    error.message().c_str());
}

namespace {

/// Interfaces that the asynchronous thread serves get their calls with its context blocked.
void service(int, ucs_event_set_types_t, void* argument) {
    auto* state = static_cast<IfaceState*>(argument);
    const AsyncBlock block(state->async());
    state->engine->service();
}

void tick(int, ucs_event_set_types_t, void* argument) {
    auto* state = static_cast<IfaceState*>(argument);
    const AsyncBlock block(state->async());
    state->engine->tick();
}

unsigned progress(uct_iface_h tl_iface) {
    IfaceState& state = *Iface::of(tl_iface)->state;
    ucs_async_check_miss(state.async());
    const AsyncBlock block(state.async());
    unsigned count = state.inner ? state.inner->progress() : 0;
    count += state.engine->progress();
    if (state.fabric) {
        state.fabric->progress();
    }
    if (state.pending != 0) {
        dispatch_all_pending(state);
    }
    return count;
}

ucs_status_t iface_flush(uct_iface_h tl_iface, unsigned, uct_completion_t* completion) {
    if (completion != nullptr) {
        return UCS_ERR_UNSUPPORTED;
    }
    Iface* iface = Iface::of(tl_iface);
    const AsyncBlock block(iface->state->async());
    if (iface->state->engine->flush()) {
        UCT_TL_IFACE_STAT_FLUSH(&iface->super);
        return UCS_OK;
    }
    UCT_TL_IFACE_STAT_FLUSH_WAIT(&iface->super);
    return UCS_INPROGRESS;
}

ucs_status_t event_fd_get(uct_iface_h tl_iface, int* fd) {
    *fd = Iface::of(tl_iface)->state->engine->event_fd();
    return UCS_OK;
}

ucs_status_t event_arm(uct_iface_h tl_iface, unsigned) {
    IfaceState& state = *Iface::of(tl_iface)->state;
    const AsyncBlock block(state.async());
    return state.engine->can_sleep() ? UCS_OK : UCS_ERR_BUSY;
}

size_t device_address_length(const IfaceState& state) {
    return sizeof(DeviceAddress) + (state.address.is_loopback() ? sizeof(uct_iface_local_addr_ns_t)
                                                                : state.address.ip().size());
}

ucs_status_t iface_query(uct_iface_h tl_iface, uct_iface_attr_t* attr) {
    Iface* iface = Iface::of(tl_iface);
    const IfaceState& state = *iface->state;
    uct_base_iface_query(&iface->super, attr);
    const ucs_status_t status =
        uct_tcp_netif_caps(state.device.c_str(), &attr->latency.c, &attr->bandwidth.shared);
    if (status != UCS_OK) {
        return status;
    }
    attr->iface_addr_len = sizeof(IfaceAddress);
    attr->device_addr_len = device_address_length(state);
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

ucs_status_t get_address(uct_iface_h tl_iface, uct_iface_addr_t* buffer) {
    const IfaceState& state = *Iface::of(tl_iface)->state;
    const IfaceAddress address{htons(state.engine->listen_address().port()),
                               state.engine->instance_id()};
    memcpy(buffer, &address, sizeof(address));
    return UCS_OK;
}

ucs_status_t get_device_address(uct_iface_h tl_iface, uct_device_addr_t* buffer) {
    const IfaceState& state = *Iface::of(tl_iface)->state;
    auto* bytes = reinterpret_cast<uint8_t*>(buffer);
    const DeviceAddress header{static_cast<uint8_t>(state.address.is_loopback() ? 1 : 0),
                               static_cast<uint8_t>(state.address.family())};
    memcpy(bytes, &header, sizeof(header));
    if (state.address.is_loopback()) {
        uct_iface_local_addr_ns_t local{};
        uct_iface_get_local_address(&local, UCS_SYS_NS_TYPE_NET);
        memcpy(bytes + sizeof(header), &local, sizeof(local));
    } else {
        const ByteView ip = state.address.ip();
        memcpy(bytes + sizeof(header), ip.data(), ip.size());
    }
    return UCS_OK;
}

int is_reachable(const uct_iface_h tl_iface, const uct_device_addr_t* device,
                 const uct_iface_addr_t*) {
    const IfaceState& state = *Iface::of(tl_iface)->state;
    const auto* bytes = reinterpret_cast<const uint8_t*>(device);
    DeviceAddress header{};
    memcpy(&header, bytes, sizeof(header));
    if (header.family != state.address.family() ||
        (header.is_loopback != 0) != state.address.is_loopback()) {
        return 0;
    }
    if (header.is_loopback != 0) {
        uct_iface_local_addr_ns_t local{};
        memcpy(&local, bytes + sizeof(header), sizeof(local));
        return uct_iface_local_is_reachable(&local, UCS_SYS_NS_TYPE_NET);
    }
    return 1;
}

void iface_close(uct_iface_h tl_iface) {
    Iface* iface = Iface::of(tl_iface);
    IfaceState* state = iface->state;
    uct_base_iface_progress_disable(tl_iface, UCT_PROGRESS_SEND | UCT_PROGRESS_RECV);
    if (state->timer_id >= 0) {
        ucs_async_remove_handler(state->timer_id, 1);
    }
    ucs_async_remove_handler(state->engine->service_fd(), 1);
    delete state;
    UCS_CLASS_CLEANUP(uct_base_iface_t, &iface->super);
    ucs_free(iface);
}

uct_iface_ops_t make_iface_ops() {
    uct_iface_ops_t ops{};
    set_common_ops(ops);
    ops.iface_event_fd_get = event_fd_get;
    ops.iface_event_arm = event_arm;
    ops.iface_query = iface_query;
    ops.iface_get_address = get_address;
    ops.iface_get_device_address = get_device_address;
    ops.iface_is_reachable = is_reachable;
    return ops;
}

uct_iface_ops_t iface_ops = make_iface_ops();

Result<tcp::SocketAddress> device_address(const char* device) {
    for (const sa_family_t family : {AF_INET, AF_INET6}) {
        sockaddr_storage storage{};
        sockaddr_storage netmask{};
        if (ucs_netif_get_addr(device, family, reinterpret_cast<sockaddr*>(&storage),
                               reinterpret_cast<sockaddr*>(&netmask)) == UCS_OK) {
            return tcp::SocketAddress(
                reinterpret_cast<const sockaddr*>(&storage),
                family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
        }
    }
    return Error(ErrorCode::kNotFound, std::string("device ") + device +
                                           ": expected an IPv4 or IPv6 address, found none");
}

size_t buffer_size(size_t configured) {
    return configured == UCS_MEMUNITS_AUTO ? 0 : configured;
}

/// The engine counts seconds.
Result<unsigned> whole_seconds(const std::string& name, double seconds, bool may_be_zero) {
    constexpr double kMost = 24 * 3600;
    // Written so that it holds for what is no number, too, which UCX's parser lets through.
    if (!(seconds <= kMost && (seconds > 0 || (may_be_zero && seconds == 0)))) {
        char found[32];
        std::snprintf(found, sizeof(found), "%g", seconds);
        return Error(ErrorCode::kInvalidArgument, std::string(name) + ": expected " +
                                                      (may_be_zero ? "0" : "more than 0") +
                                                      " to 86400 s, found " + found + " s");
    }
    return static_cast<unsigned>(std::ceil(seconds));
}

Status configure(IfaceState& state, const IfaceConfig& config, tcp::EngineSettings& settings) {
    constexpr size_t kSmallest = 1024;
    constexpr size_t kLargest = record::kMaxPlaintextLimit / 2;
    if (config.segment_size < kSmallest || config.segment_size > kLargest) {
        return Error(ErrorCode::kInvalidArgument,
                     std::string(state.settings_prefix) + "SEG_SIZE: expected " +
                         std::to_string(kSmallest) + " to " + std::to_string(kLargest) +
                         ", found " + std::to_string(config.segment_size));
    }
    constexpr size_t kMostIov = 6;
    if (config.max_iov == 0 || config.max_iov > kMostIov) {
        return Error(ErrorCode::kInvalidArgument, std::string(state.settings_prefix) +
                                                      "MAX_IOV: expected 1 to 6, found " +
                                                      std::to_string(config.max_iov));
    }
    const std::string prefix = state.settings_prefix;
    const ucs_range_spec_t& ports = config.port_range;
    const bool any_port = ports.first == 0 && ports.last == 0;
    if (!any_port && (ports.first == 0 || ports.last > UINT16_MAX || ports.first > ports.last)) {
        return Error(ErrorCode::kInvalidArgument,
                     prefix + "PORT_RANGE: expected 0, or FIRST-LAST within 1-65535, found " +
                         std::to_string(ports.first) + "-" + std::to_string(ports.last));
    }
    if (config.max_handshakes == 0) {
        return Error(ErrorCode::kInvalidArgument,
                     prefix + "MAX_HANDSHAKES: expected at least 1, found 0");
    }
    state.segment_size = config.segment_size;
    state.max_iov = config.max_iov;
    state.put_enable = config.put_enable != 0;
    state.prefer_default = config.prefer_default != 0;
    state.on_failure = static_cast<OnFailure>(config.on_failure);
    state.pack_buffer = std::make_unique<uint8_t[]>(config.segment_size);
    settings.segment_size = config.segment_size;
    settings.socket = {config.nodelay != 0, buffer_size(config.send_buffer),
                       buffer_size(config.receive_buffer)};
    settings.first_port = static_cast<uint16_t>(config.port_range.first);
    settings.last_port = static_cast<uint16_t>(config.port_range.last);
    settings.handshake_timeout = UCX_CRYPTO_TRY(
        whole_seconds(prefix + "HANDSHAKE_TIMEOUT", config.handshake_timeout, false));
    settings.keepalive_interval = UCX_CRYPTO_TRY(
        whole_seconds(prefix + "KEEPALIVE_INTERVAL", config.keepalive_interval, true));
    settings.max_handshakes = config.max_handshakes;
    settings.coalescing = static_cast<tcp::Coalescing>(config.coalescing);
    if (settings.coalescing == tcp::Coalescing::kBurst &&
        state.async()->mode == UCS_ASYNC_MODE_POLL) {
        UCX_CRYPTO_WARN(
            "UCX_CRYPTO_TCP_COALESCE=burst: expected an asynchronous thread of UCX that ends the "
            "waiting, found none; 'progress' is used");
        settings.coalescing = tcp::Coalescing::kProgress;
    }
    state.coalesces = settings.coalescing != tcp::Coalescing::kNone;
    return success();
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

}  // namespace

Result<tcp::SocketAddress> listener_address(const IfaceState& state, bool is_loopback,
                                            uint8_t family, ByteView ip, uint16_t port) {
    if (is_loopback) {
        return tcp::SocketAddress::from_ip(state.address.ip(), port, 0);
    }
    return tcp::SocketAddress::from_ip(
        ip.first(family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr)), port, state.scope_id);
}

Status start_engine(IfaceState& state, Md& md, const InterfaceName& name,
                    const std::string& network_device, const IfaceConfig& config) {
    tcp::EngineSettings settings{};
    UCX_CRYPTO_TRY(configure(state, config, settings));
    state.device = network_device;
    state.scope_id = if_nametoindex(network_device.c_str());
    state.address = UCX_CRYPTO_TRY(device_address(network_device.c_str()));
    state.helpers = helpers::Service::of_process(md.helpers);
    settings.helpers = state.helpers.get();
    channel::Settings channel_settings = md.settings;
    channel_settings.max_plaintext = config.segment_size + 256;
    state.identity = UCX_CRYPTO_TRY(process_identity(channel_settings));
    state.stats = std::make_unique<stats::InterfaceStats>(
        stats::Description{name.transport, name.device,
                           std::string(aead::to_string(channel_settings.algorithm)),
                           channel_settings.rank},
        md.stats_report);
    settings.stats = &state.stats->page();
    state.engine = UCX_CRYPTO_TRY(tcp::Engine::create(settings, state.address, state.identity,
                                                      next_interface_counter(), md.regions, state,
                                                      state.fabric.get()));
    return success();
}

void set_common_ops(uct_iface_ops_t& ops) {
    set_ep_ops(ops);
    ops.iface_flush = iface_flush;
    ops.iface_fence = uct_base_iface_fence;
    ops.iface_progress_enable = uct_base_iface_progress_enable;
    ops.iface_progress_disable = uct_base_iface_progress_disable;
    ops.iface_progress = progress;
    ops.iface_close = iface_close;
}

void query_capabilities(const IfaceState& state, uct_iface_attr_t& attr) {
    attr.cap.flags = UCT_IFACE_FLAG_CONNECT_TO_IFACE | UCT_IFACE_FLAG_AM_SHORT |
                     UCT_IFACE_FLAG_AM_BCOPY | UCT_IFACE_FLAG_AM_ZCOPY | UCT_IFACE_FLAG_PENDING |
                     UCT_IFACE_FLAG_CB_SYNC | UCT_IFACE_FLAG_EP_CHECK |
                     UCT_IFACE_FLAG_EP_KEEPALIVE | UCT_IFACE_FLAG_ERRHANDLE_PEER_FAILURE;
    attr.cap.event_flags =
        UCT_IFACE_FLAG_EVENT_SEND_COMP | UCT_IFACE_FLAG_EVENT_RECV | UCT_IFACE_FLAG_EVENT_FD;
    attr.cap.am.max_short = state.segment_size;
    attr.cap.am.max_bcopy = state.segment_size;
    attr.cap.am.max_zcopy = state.segment_size;
    attr.cap.am.max_iov = state.max_iov;
    attr.cap.am.max_hdr = 256;
    attr.cap.am.opt_zcopy_align = 1;
    attr.cap.am.align_mtu = attr.cap.am.opt_zcopy_align;
    if (state.put_enable) {
        attr.cap.flags |= UCT_IFACE_FLAG_PUT_ZCOPY;
        attr.cap.put.max_iov = state.max_iov;
        attr.cap.put.max_zcopy = UCT_TCP_EP_PUT_ZCOPY_MAX;
        attr.cap.put.opt_zcopy_align = 1;
        attr.cap.put.align_mtu = attr.cap.put.opt_zcopy_align;
    }
}

ucs_status_t iface_open(uct_md_h md, uct_worker_h worker, const uct_iface_params_t* params,
                        const uct_iface_config_t* config, uct_iface_h* tl_iface) {
    return open_interface(md, worker, params, config, &iface_ops, start_tcp, tl_iface);
}

ucs_status_t open_interface(uct_md_h md, uct_worker_h worker, const uct_iface_params_t* params,
                            const uct_iface_config_t* config, uct_iface_ops_t* ops,
                            StartInterface start, uct_iface_h* tl_iface) {
    // As stock tcp: perftest names a device without setting the field's bit.
    if ((params->field_mask & UCT_IFACE_PARAM_FIELD_OPEN_MODE) == 0 ||
        (params->open_mode & UCT_IFACE_OPEN_MODE_DEVICE) == 0) {
        UCX_CRYPTO_ERROR("expected a crypto transport to be opened on a device");
        return UCS_ERR_UNSUPPORTED;
    }
    auto* iface = static_cast<Iface*>(ucs_calloc(1, sizeof(Iface), "crypto iface"));
    if (iface == nullptr) {
        return UCS_ERR_NO_MEMORY;
    }
    ucs_status_t status = UCS_CLASS_INIT(
        uct_base_iface_t, &iface->super, ops, &uct_base_iface_internal_ops, md, worker, params,
        config UCS_STATS_ARG(
            (params->field_mask & UCT_IFACE_PARAM_FIELD_STATS_ROOT) ? params->stats_root : nullptr)
            UCS_STATS_ARG(params->mode.device.dev_name));
    if (status != UCS_OK) {
        ucs_free(iface);
        return status;
    }
    auto* state = new IfaceState(&iface->super);
    iface->state = state;
    const Status started =
        start(*state, *Md::of(md), worker, *params, *reinterpret_cast<const IfaceConfig*>(config));
    if (!started.ok()) {
        UCX_CRYPTO_ERROR("%s on %s cannot be used: %s", params->mode.device.tl_name,
                         params->mode.device.dev_name, started.error().message().c_str());
        status = to_ucs_status(started.error().code());
    } else {
        ucs_async_context_t* async = state->async();
        status = ucs_async_set_event_handler(async->mode, state->engine->service_fd(),
                                             UCS_EVENT_SET_EVREAD, service, state, async);
        if (status == UCS_OK && ucs_async_add_timer(async->mode, ucs_time_from_sec(1.0), tick,
                                                    state, async, &state->timer_id) != UCS_OK) {
            UCX_CRYPTO_WARN("no timer: handshakes and keepalives have no deadline");
        }
    }
    if (status != UCS_OK) {
        delete state;
        UCS_CLASS_CLEANUP(uct_base_iface_t, &iface->super);
        ucs_free(iface);
        return status;
    }
    *tl_iface = &iface->super.super;
    return UCS_OK;
}

}  // namespace ucx_crypto::uct
