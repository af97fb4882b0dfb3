// The fence in UCT: where encryption is enforced, no transport that leaves the host in clear has a
// device any more, whoever asks and whatever UCX_TLS says.
#pragma once

#include "ucx_crypto/base/result.h"

struct uct_tl;

namespace ucx_crypto::uct {

/// When this process is enforced (base/enforcement.h, the site's file included), loads UCT's own
/// modules and takes the devices of every transport that is neither ours nor within the host, also
/// of those that register later. To be called once, when the module is loaded, after our component
/// is registered. Fails where the site's configuration is wrong or the environment contradicts it:
/// the caller ends the process then.
Status raise_fence();

/// The transport's own query_devices behind the fence, for the stacked layer: a function of UCT's
/// type uct_tl_t::query_devices, or null for a transport that is not fenced.
void (*fenced_query_devices(const uct_tl* transport))();

}  // namespace ucx_crypto::uct

// For Open MPI's hook, which finds them by name in the loaded module (compile fence.cc into the
// module itself: symbols of archives are hidden there).
extern "C" {
/// 1 if the fence was raised and no transport in clear has devices.
unsigned ucx_crypto_fence_stands();
/// Interfaces of our transports that were opened successfully since the fence was raised.
unsigned ucx_crypto_open_interfaces();
}
