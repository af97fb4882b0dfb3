#include "ucx_crypto/uct/iface.h"

#include <net/if.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/base/log.h"
#include "ucx_crypto/uct/c_boundary.h"
#include "ucx_crypto/uct/identities.h"
#include "ucx_crypto/uct/pending.h"

namespace ucx_crypto::uct {

void IfaceState::on_active_message(uint8_t am_id, MutableByteView payload) {
    // An id beyond UCT's table of handlers has ended the connection.
    static_assert(tcp::kActiveMessageIds == UCT_AM_ID_MAX);
    if (base_->am[am_id].cb == no_handler_) [[unlikely]] {
        // UCT would log each, with a part of it and our stack: a peer could fill the log.
        if (!std::exchange(told_of_unhandled_, true)) {
            UCX_CRYPTO_WARN(
                "expected messages of ids with a handler, found one of id %u: it is dropped, and "
                "further ones without a word",
                static_cast<unsigned>(am_id));
        }
        return;
    }
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
void service(int, ucs_event_set_types_t, void* argument) noexcept {
    auto* state = static_cast<IfaceState*>(argument);
    const AsyncBlock block(state->async());
    state->engine->service();
}

void tick(int, ucs_event_set_types_t, void* argument) noexcept {
    auto* state = static_cast<IfaceState*>(argument);
    const AsyncBlock block(state->async());
    state->engine->tick();
}

unsigned progress(uct_iface_h tl_iface) noexcept {
    if (!in_original_process()) [[unlikely]] {
        return 0;  // an inner interface's queues are the parent's, as the engine's sockets are
    }
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

ucs_status_t iface_flush(uct_iface_h tl_iface, unsigned, uct_completion_t* completion) noexcept {
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

void iface_close(uct_iface_h tl_iface) noexcept {
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

}  // namespace

size_t location_size(const IfaceState& state) {
    return state.address.is_loopback() ? sizeof(uct_iface_local_addr_ns_t)
                                       : state.address.ip().size();
}

void write_location(const IfaceState& state, uint8_t* location) {
    if (state.address.is_loopback()) {
        uct_iface_local_addr_ns_t local{};
        uct_iface_get_local_address(&local, UCS_SYS_NS_TYPE_NET);
        memcpy(location, &local, sizeof(local));
    } else {
        const ByteView ip = state.address.ip();
        memcpy(location, ip.data(), ip.size());
    }
}

bool is_location_reachable(const IfaceState& state, bool is_loopback, uint8_t family,
                           const uint8_t* location) {
    if (family != state.address.family() || is_loopback != state.address.is_loopback()) {
        return false;
    }
    if (!is_loopback) {
        return true;
    }
    uct_iface_local_addr_ns_t local{};
    memcpy(&local, location, sizeof(local));
    return uct_iface_local_is_reachable(&local, UCS_SYS_NS_TYPE_NET) != 0;
}

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
    state.helpers = helpers::Service::of_process(md.settings.helpers);
    settings.helpers = state.helpers.get();
    channel::Settings channel_settings = md.settings.channel;
    channel_settings.max_plaintext = config.segment_size + 256;
    state.identity = UCX_CRYPTO_TRY(process_identity(channel_settings));
    state.stats = std::make_unique<stats::InterfaceStats>(
        stats::Description{name.transport, name.device,
                           std::string(aead::to_string(channel_settings.algorithm)),
                           channel_settings.rank},
        md.settings.stats_report);
    settings.stats = &state.stats->page();
    state.engine = UCX_CRYPTO_TRY(tcp::Engine::create(settings, state.address, state.identity,
                                                      next_interface_counter(), md.regions, state,
                                                      state.fabric.get()));
    return success();
}

void set_common_ops(uct_iface_ops_t& ops) {
    set_ep_ops(ops);
    ops.iface_flush = for_c(iface_flush);
    ops.iface_fence = uct_base_iface_fence;
    ops.iface_progress_enable = uct_base_iface_progress_enable;
    ops.iface_progress_disable = uct_base_iface_progress_disable;
    ops.iface_progress = for_c(progress);
    ops.iface_close = for_c(iface_close);
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
                                             UCS_EVENT_SET_EVREAD, for_c(service), state, async);
        if (status == UCS_OK &&
            ucs_async_add_timer(async->mode, ucs_time_from_sec(1.0), for_c(tick), state, async,
                                &state->timer_id) != UCS_OK) {
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
