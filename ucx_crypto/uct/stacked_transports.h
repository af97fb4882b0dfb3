// Which stacked transports there are, over what, and on which devices.
#pragma once

#include "ucx_crypto/uct/md.h"

namespace ucx_crypto::uct {

/// A transport of ours over others of UCT's.
struct StackedTransport {
    const char* alias;        ///< as users write it
    const char* name;         ///< as UCX can hold it (base/transport_list.h)
    const char* full_prefix;  ///< of its settings: "UCX_CRYPTO_RC_"
    const char* settings_prefix() const { return full_prefix + sizeof("UCX_") - 1; }
    std::span<const char* const> inner;  ///< in order of preference
    bool within_host;  ///< for tests: offered only where a transport list names it
};

inline constexpr size_t kStackedTransports = 4;
std::span<const StackedTransport, kStackedTransports> stacked_transports();
/// By its name in UCX; null: there is none.
const StackedTransport* find_stacked_transport(std::string_view name);

/// Which inner transport carries the records on which device.
std::vector<InnerDevice> inner_devices(Md& md, const StackedTransport& transport);

/// Devices of the inner transports, under their names. For uct_tl_t::query_devices.
ucs_status_t query_stacked_devices(uct_md_h md, const StackedTransport& transport,
                                   uct_tl_device_resource_t** devices, unsigned* count);

}  // namespace ucx_crypto::uct
