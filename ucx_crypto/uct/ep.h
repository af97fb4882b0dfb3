// An endpoint of any of our transports: a handle on the connection to one peer interface.
#pragma once

#include "ucx_crypto/uct/iface.h"

namespace ucx_crypto::uct {

/// Pending requests of all endpoints on one connection.
struct PeerQueue {
    PeerQueue() { ucs_arbiter_init(&arbiter); }
    ~PeerQueue() { ucs_arbiter_cleanup(&arbiter); }
    PeerQueue(const PeerQueue&) = delete;
    PeerQueue& operator=(const PeerQueue&) = delete;

    ucs_arbiter_t arbiter;
    unsigned endpoints = 0;
};

struct Ep {
    uct_base_ep_t super;
    tcp::Peer* peer;            ///< nullptr: this interface itself
    ucs_arbiter_group_t group;  ///< its pending requests, in order
    uint64_t last_sequence;     ///< of its last operation, what a flush waits for
    bool dispatching;           ///< its own pending request is being tried
    bool failed;

    static Ep* of(uct_ep_h ep) { return reinterpret_cast<Ep*>(ep); }
    IfaceState& iface() const { return *Iface::of(super.super.iface)->state; }
    PeerQueue* queue() const { return static_cast<PeerQueue*>(peer->user_data); }
    ucs_arbiter_t& arbiter() const { return peer == nullptr ? iface().arbiter : queue()->arbiter; }
};

/// Adds the endpoint operations to a table of interface operations.
void set_ep_ops(uct_iface_ops_t& ops);

}  // namespace ucx_crypto::uct
