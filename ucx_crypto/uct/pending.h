// Requests of UCP's that wait until an operation can be done: in order for each endpoint, in turn
// between the endpoints of a connection.
#pragma once

#include "ucx_crypto/uct/ep.h"

namespace ucx_crypto::uct {

/// A message may not overtake the endpoint's own pending ones, which MPI's order forbids.
bool would_overtake(const Ep& ep);

/// UCT's ep_pending_add and ep_pending_purge.
ucs_status_t pending_add(uct_ep_h tl_ep, uct_pending_req_t* request, unsigned flags) noexcept;
void pending_purge(uct_ep_h tl_ep, uct_pending_purge_callback_t callback, void* argument) noexcept;
/// Takes all requests of `ep` out, and gives them to `callback` unless it is null.
void purge(Ep& ep, uct_pending_purge_callback_t callback, void* argument);

/// Tries the pending requests of all endpoints on `peer`.
void dispatch_pending(IfaceState& iface, tcp::Peer& peer);
/// Tries every pending request that has room, those to this interface itself too. Called by each
/// progress that has some: a request may wait for something that no event of the connection tells.
void dispatch_all_pending(IfaceState& iface);

}  // namespace ucx_crypto::uct
