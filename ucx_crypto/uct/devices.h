// The network devices that crypto_tcp offers and stacked transports make connections over: the same
// as stock tcp (uct/tcp/tcp_iface.c).
#pragma once

#include "ucx_crypto/uct/ucx.h"

namespace ucx_crypto::uct {

/// Every interface of this network namespace that is up and has an IPv4 or IPv6 address. The list
/// is the caller's, to be freed with ucs_free().
ucs_status_t query_network_devices(uct_md_h md, uct_tl_device_resource_t** devices,
                                   unsigned* count) noexcept;

}  // namespace ucx_crypto::uct
