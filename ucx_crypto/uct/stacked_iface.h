// Interfaces of stacked transports: an inner interface that carries the records, and a listener for
// the connections that say how.
#pragma once

#include "ucx_crypto/uct/iface.h"

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

std::span<const StackedTransport> stacked_transports();

/// UCX_CRYPTO_RC_* and so on
struct StackedConfig {
    IfaceConfig super;
    char* device;
    size_t ring_size;
};
extern ucs_config_field_t stacked_config_table[];

/// Devices of the inner transports, under their names. For uct_tl_t::query_devices.
ucs_status_t query_stacked_devices(const StackedTransport& transport,
                                   uct_tl_device_resource_t** devices, unsigned* count);
ucs_status_t stacked_iface_open(uct_md_h md, uct_worker_h worker, const uct_iface_params_t* params,
                                const uct_iface_config_t* config, uct_iface_h* iface);

}  // namespace ucx_crypto::uct
