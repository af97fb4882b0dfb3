#include "ucx_crypto/uct/ep.h"

#include <algorithm>
#include <new>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/uct/c_boundary.h"
#include "ucx_crypto/uct/pending.h"

namespace ucx_crypto::uct {
namespace {

using tcp::Completion;
using tcp::SendResult;

/// To be tried again later.
ucs_status_t no_resource(const Ep& ep) {
    ep.iface().engine->counters().add(stats::Counter::kNoResource);
    return UCS_ERR_NO_RESOURCE;
}

ucs_status_t to_status(const Ep& ep, SendResult result) {
    switch (result) {
        case SendResult::kDone:
            return UCS_OK;
        case SendResult::kInProgress:
            return UCS_INPROGRESS;
        case SendResult::kNoResource:
            return no_resource(ep);
        case SendResult::kFailed:
            break;
    }
    return UCS_ERR_CONNECTION_RESET;
}

/// Runs before an operation: may it be tried at all?
ucs_status_t check(const Ep& ep) {
    if (ep.failed) {
        return UCS_ERR_CONNECTION_RESET;
    }
    return would_overtake(ep) ? no_resource(ep) : UCS_OK;
}

ucs_status_t send(Ep& ep, uint8_t id, std::span<const ByteView> parts) {
    IfaceState& iface = ep.iface();
    if (ep.peer == nullptr) {
        return iface.engine->send_to_self(id, parts) ? UCS_OK : no_resource(ep);
    }
    const SendResult result = ep.peer->send_active_message(id, parts);
    if (result == SendResult::kDone) {
        ep.last_sequence = ep.peer->sequence();
    }
    iface.engine->after_operations(*ep.peer);
    return to_status(ep, result);
}

ByteView view(const void* data, size_t size) {
    return {static_cast<const uint8_t*>(data), size};
}

/// The non-empty parts of an iov; false when there are more than one operation takes.
bool append_iov(const uct_iov_t* iov, size_t count, std::array<ByteView, tcp::kMaxParts>& parts,
                size_t& part_count) {
    for (size_t i = 0; i < count; ++i) {
        const size_t length = uct_iov_get_length(&iov[i]);
        if (length == 0) {
            continue;
        }
        if (part_count == parts.size()) {
            return false;
        }
        parts[part_count++] = view(iov[i].buffer, length);
    }
    return true;
}

ucs_status_t too_long(const Ep& ep, size_t size) {
    UCX_CRYPTO_ERROR("active message: expected at most %zu bytes, found %zu",
                     ep.iface().segment_size, size);
    return UCS_ERR_INVALID_PARAM;
}

ucs_status_t am_short(uct_ep_h tl_ep, uint8_t id, uint64_t header, const void* payload,
                      unsigned length) noexcept {
    Ep& ep = *Ep::of(tl_ep);
    const AsyncBlock block(ep.iface().async());
    if (const ucs_status_t status = check(ep); status != UCS_OK) {
        return status;
    }
    if (sizeof(header) + length > ep.iface().segment_size) {
        return too_long(ep, sizeof(header) + length);
    }
    const std::array<ByteView, 2> parts{view(&header, sizeof(header)), view(payload, length)};
    return send(ep, id, parts);
}

ucs_status_t am_parts(Ep& ep, uint8_t id, const void* header, size_t header_length,
                      const uct_iov_t* iov, size_t count) {
    const AsyncBlock block(ep.iface().async());
    if (const ucs_status_t status = check(ep); status != UCS_OK) {
        return status;
    }
    std::array<ByteView, tcp::kMaxParts> parts;
    size_t part_count = 0;
    if (header_length != 0) {
        parts[part_count++] = view(header, header_length);
    }
    if (!append_iov(iov, count, parts, part_count)) {
        return UCS_ERR_INVALID_PARAM;
    }
    const auto used = std::span<const ByteView>(parts).first(part_count);
    if (total_size(used) > ep.iface().segment_size) {
        return too_long(ep, total_size(used));
    }
    return send(ep, id, used);
}

ucs_status_t am_short_iov(uct_ep_h tl_ep, uint8_t id, const uct_iov_t* iov, size_t count) noexcept {
    return am_parts(*Ep::of(tl_ep), id, nullptr, 0, iov, count);
}

/// The user's buffer is read, and encrypted, before this returns: it never completes later.
ucs_status_t am_zcopy(uct_ep_h tl_ep, uint8_t id, const void* header, unsigned header_length,
                      const uct_iov_t* iov, size_t count, unsigned, uct_completion_t*) noexcept {
    return am_parts(*Ep::of(tl_ep), id, header, header_length, iov, count);
}

ssize_t am_bcopy(uct_ep_h tl_ep, uint8_t id, uct_pack_callback_t pack, void* argument,
                 unsigned) noexcept {
    Ep& ep = *Ep::of(tl_ep);
    IfaceState& iface = ep.iface();
    const AsyncBlock block(iface.async());
    ucs_status_t status = check(ep);
    if (status != UCS_OK) {
        return status;
    }
    // Packing is the caller's work; it is not begun where there is no room for the result.
    if (ep.peer != nullptr && !ep.peer->has_room(iface.segment_size)) {
        return ep.peer->state() == tcp::Peer::State::kFailed ||
                       ep.peer->state() == tcp::Peer::State::kClosed
                   ? UCS_ERR_CONNECTION_RESET
                   : no_resource(ep);
    }
    const size_t length = pack(iface.pack_buffer.get(), argument);
    iface.engine->counters().add(stats::Counter::kBytesCopied, length);
    const ByteView part(iface.pack_buffer.get(), length);
    status = send(ep, id, {&part, 1});
    return status == UCS_OK ? static_cast<ssize_t>(length) : static_cast<ssize_t>(status);
}

void complete(void* argument, Completion::Outcome outcome) {
    auto* completion = static_cast<uct_completion_t*>(argument);
    if (completion != nullptr) {
        uct_invoke_completion(completion, outcome == Completion::Outcome::kDone ? UCS_OK
                                          : outcome == Completion::Outcome::kCanceled
                                              ? UCS_ERR_CANCELED
                                              : UCS_ERR_CONNECTION_RESET);
    }
}

ucs_status_t put_zcopy(uct_ep_h tl_ep, const uct_iov_t* iov, size_t count, uint64_t remote_addr,
                       uct_rkey_t rkey, uct_completion_t* completion) noexcept {
    Ep& ep = *Ep::of(tl_ep);
    const AsyncBlock block(ep.iface().async());
    if (const ucs_status_t status = check(ep); status != UCS_OK) {
        return status;
    }
    std::array<ByteView, tcp::kMaxParts> parts;
    size_t part_count = 0;
    if (!append_iov(iov, count, parts, part_count)) {
        return UCS_ERR_INVALID_PARAM;
    }
    const tcp::Token& token = reinterpret_cast<const RemoteKey*>(rkey)->token;
    const auto used = std::span<const ByteView>(parts).first(part_count);
    if (ep.peer == nullptr) {
        // Ourselves: the same checks as for a peer, no socket.
        uint64_t offset = 0;
        auto& regions = Md::of(Iface::of(ep.super.super.iface)->super.md)->regions;
        for (const ByteView part : used) {
            const Status written = regions.write(token, remote_addr, offset, part);
            if (!written.ok()) {
                UCX_CRYPTO_ERROR("%s", written.error().message().c_str());
                return UCS_ERR_INVALID_ADDR;
            }
            offset += part.size();
        }
        return UCS_OK;
    }
    const SendResult result =
        ep.peer->put(used, token, remote_addr, &ep, Completion{complete, completion});
    if (result == SendResult::kInProgress) {
        ep.last_sequence = ep.peer->sequence();
    }
    ep.iface().engine->after_operations(*ep.peer);
    return to_status(ep, result);
}

ucs_status_t flush(uct_ep_h tl_ep, unsigned flags, uct_completion_t* completion) noexcept {
    Ep& ep = *Ep::of(tl_ep);
    const AsyncBlock block(ep.iface().async());
    if ((flags & UCT_FLUSH_FLAG_CANCEL) != 0) {
        if (ep.peer != nullptr) {
            ep.peer->cancel(&ep);
            ep.iface().engine->after_operations(*ep.peer);
        }
        return UCS_OK;
    }
    if (const ucs_status_t status = check(ep); status != UCS_OK) {
        return status;
    }
    if (ep.peer == nullptr) {
        return UCS_OK;
    }
    const SendResult result =
        ep.peer->flush(ep.last_sequence, &ep, Completion{complete, completion});
    ep.iface().engine->after_operations(*ep.peer);
    if (result == SendResult::kDone) {
        UCT_TL_EP_STAT_FLUSH(&ep.super);
    }
    return to_status(ep, result);
}

ucs_status_t ep_check(uct_ep_h tl_ep, unsigned, uct_completion_t*) noexcept {
    Ep& ep = *Ep::of(tl_ep);
    const AsyncBlock block(ep.iface().async());
    // The engine's authenticated keepalive finds a dead peer; here only what is known already.
    return ep.failed ? UCS_ERR_CONNECTION_RESET : UCS_OK;
}

ucs_status_t ep_create(const uct_ep_params_t* params, uct_ep_h* tl_ep) noexcept {
    if (!ucs_test_all_flags(params->field_mask, UCT_EP_PARAM_FIELD_IFACE |
                                                    UCT_EP_PARAM_FIELD_DEV_ADDR |
                                                    UCT_EP_PARAM_FIELD_IFACE_ADDR)) {
        UCX_CRYPTO_ERROR("endpoint: expected the address of an interface, found none");
        return UCS_ERR_UNSUPPORTED;
    }
    Iface* iface = Iface::of(params->iface);
    IfaceState& state = *iface->state;
    const AsyncBlock block(state.async());

    auto* ep = new (std::nothrow) Ep{};
    if (ep == nullptr) {
        return UCS_ERR_NO_MEMORY;
    }
    const ucs_status_t status = UCS_CLASS_INIT(uct_base_ep_t, &ep->super, &iface->super);
    if (status != UCS_OK) {
        delete ep;
        return status;
    }
    ucs_arbiter_group_init(&ep->group);

    const auto address = state.read_address(state, *params);
    if (!address.ok() || address->instance != state.engine->instance_id()) {
        auto peer = address.ok() ? state.engine->attach(address->instance, address->listener)
                                 : Result<tcp::Peer*>(address.error());
        if (peer.ok() && (*peer)->user_data == nullptr) {
            (*peer)->user_data = new (std::nothrow) PeerQueue;
            if ((*peer)->user_data == nullptr) {
                state.engine->release(**peer);
                peer = Error(ErrorCode::kExhausted,
                             "expected memory for what a peer has waiting, found none left: give "
                             "the job's processes more, or run fewer of them on the node");
            }
        }
        if (!peer.ok()) {
            UCX_CRYPTO_ERROR("endpoint: %s", peer.error().message().c_str());
            ucs_arbiter_group_cleanup(&ep->group);
            UCS_CLASS_CLEANUP(uct_base_ep_t, &ep->super);
            delete ep;
            return to_ucs_status(peer.error().code());
        }
        ep->peer = *peer;
        ++ep->queue()->endpoints;
        ep->last_sequence = 0;
    }
    state.endpoints.push_back(ep);
    *tl_ep = &ep->super.super;
    return UCS_OK;
}

void ep_destroy(uct_ep_h tl_ep) noexcept {
    Ep* ep = Ep::of(tl_ep);
    IfaceState& state = ep->iface();
    const AsyncBlock block(state.async());
    std::erase(state.endpoints, ep);
    purge(*ep, nullptr, nullptr);
    ucs_arbiter_group_cleanup(&ep->group);
    if (ep->peer != nullptr) {
        ep->peer->cancel(ep);
        if (--ep->queue()->endpoints == 0 && !state.dispatching) {
            delete ep->queue();
            ep->peer->user_data = nullptr;
        }
        state.engine->release(*ep->peer);
    }
    UCS_CLASS_CLEANUP(uct_base_ep_t, &ep->super);
    delete ep;
}

}  // namespace

void set_ep_ops(uct_iface_ops_t& ops) {
    ops.ep_am_short = for_c(am_short);
    ops.ep_am_short_iov = for_c(am_short_iov);
    ops.ep_am_bcopy = for_c(am_bcopy);
    ops.ep_am_zcopy = for_c(am_zcopy);
    ops.ep_put_zcopy = for_c(put_zcopy);
    ops.ep_pending_add = for_c(pending_add);
    ops.ep_pending_purge = for_c(pending_purge);
    ops.ep_flush = for_c(flush);
    ops.ep_fence = uct_base_ep_fence;
    ops.ep_check = for_c(ep_check);
    ops.ep_create = for_c(ep_create);
    ops.ep_destroy = for_c(ep_destroy);
}

}  // namespace ucx_crypto::uct
