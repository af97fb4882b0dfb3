#include "ucx_crypto/uct/pending.h"

#include "ucx_crypto/uct/c_boundary.h"

namespace ucx_crypto::uct {
namespace {

ucs_arbiter_cb_result_t try_pending(ucs_arbiter_t*, ucs_arbiter_group_t* group,
                                    ucs_arbiter_elem_t* element, void*) noexcept {
    Ep& ep = *ucs_container_of(group, Ep, group);
    IfaceState& iface = ep.iface();
    uct_pending_req_t* request = ucs_container_of(element, uct_pending_req_t, priv);
    ep.dispatching = true;
    const ucs_status_t status = request->func(request);
    ep.dispatching = false;
    if (status == UCS_OK) {
        --iface.pending;
        return UCS_ARBITER_CB_RESULT_REMOVE_ELEM;
    }
    if (status == UCS_INPROGRESS) {
        return UCS_ARBITER_CB_RESULT_NEXT_GROUP;
    }
    return UCS_ARBITER_CB_RESULT_STOP;
}

struct PurgeArgument {
    IfaceState& iface;
    uct_pending_purge_callback_t callback;
    void* argument;
};

ucs_arbiter_cb_result_t purge_one(ucs_arbiter_t*, ucs_arbiter_group_t*, ucs_arbiter_elem_t* element,
                                  void* argument) noexcept {
    const auto& purge = *static_cast<PurgeArgument*>(argument);
    uct_pending_req_t* request = ucs_container_of(element, uct_pending_req_t, priv);
    --purge.iface.pending;
    if (purge.callback != nullptr) {
        purge.callback(request, purge.argument);
    }
    return UCS_ARBITER_CB_RESULT_REMOVE_ELEM;
}

}  // namespace

bool would_overtake(const Ep& ep) {
    auto* group = const_cast<ucs_arbiter_group_t*>(&ep.group);
    return !ep.dispatching && !ucs_arbiter_group_is_empty(group);
}

ucs_status_t pending_add(uct_ep_h tl_ep, uct_pending_req_t* request, unsigned) noexcept {
    Ep& ep = *Ep::of(tl_ep);
    const AsyncBlock block(ep.iface().async());
    if (ep.failed) {
        return UCS_ERR_BUSY;
    }
    // Room has come in between: the caller should try again rather than wait.
    if (!would_overtake(ep) && (ep.peer == nullptr ? ep.iface().engine->loopback().has_room()
                                                   : ep.peer->has_room(ep.iface().segment_size))) {
        return UCS_ERR_BUSY;
    }
    ep.iface().engine->counters().raise(stats::Counter::kPendingMaximum, ++ep.iface().pending);
    uct_pending_req_arb_group_push(&ep.group, request);
    ucs_arbiter_group_schedule(&ep.arbiter(), &ep.group);
    UCT_TL_EP_STAT_PEND(&ep.super);
    return UCS_OK;
}

void pending_purge(uct_ep_h tl_ep, uct_pending_purge_callback_t callback, void* argument) noexcept {
    Ep& ep = *Ep::of(tl_ep);
    const AsyncBlock block(ep.iface().async());
    purge(ep, callback, argument);
}

void purge(Ep& ep, uct_pending_purge_callback_t callback, void* argument) {
    PurgeArgument purge{ep.iface(), callback, argument};
    ucs_arbiter_group_purge(&ep.arbiter(), &ep.group, for_c(purge_one), &purge);
}

void dispatch_pending(IfaceState& iface, tcp::Peer& peer) {
    auto* queue = static_cast<PeerQueue*>(peer.user_data);
    if (queue == nullptr || iface.dispatching) {
        return;
    }
    // What is sent within one dispatch leaves in one system call. Arbiters are not re-entrant, and
    // a request may destroy the last endpoint: the queue is released only afterwards.
    iface.dispatching = true;
    if (iface.coalesces) {
        peer.cork(tcp::kEnoughToSend);
    }
    ucs_arbiter_dispatch(&queue->arbiter, 1, for_c(try_pending), nullptr);
    const Status sent = iface.coalesces ? peer.uncork() : success();
    iface.dispatching = false;
    if (queue->endpoints == 0) {
        delete queue;
        peer.user_data = nullptr;
    }
    if (!sent.ok() && !peer.failure) {
        peer.failure = sent.error();
    }
    iface.engine->after_operations(peer);
}

void dispatch_all_pending(IfaceState& iface) {
    // A request may create and destroy endpoints: the next progress sees whom this one missed.
    for (size_t i = 0; i < iface.endpoints.size(); ++i) {
        Ep& ep = *iface.endpoints[i];
        if (ep.peer != nullptr && !ucs_arbiter_group_is_empty(&ep.group) &&
            ep.peer->has_room(iface.segment_size)) {
            dispatch_pending(iface, *ep.peer);
        }
    }
    if (!iface.dispatching && !ucs_arbiter_is_empty(&iface.arbiter)) {
        iface.dispatching = true;
        ucs_arbiter_dispatch(&iface.arbiter, 1, for_c(try_pending), nullptr);
        iface.dispatching = false;
    }
}

}  // namespace ucx_crypto::uct
