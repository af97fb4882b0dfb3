// Interfaces of stacked transports: an inner interface that carries the records, and a listener for
// the connections that say how.
#pragma once

#include "ucx_crypto/uct/iface.h"
#include "ucx_crypto/uct/stacked_transports.h"

namespace ucx_crypto::uct {

/// UCX_CRYPTO_RC_* and so on
struct StackedConfig {
    IfaceConfig super;
    char* device;
    size_t ring_size;
};
extern ucs_config_field_t stacked_config_table[];

ucs_status_t stacked_iface_open(uct_md_h md, uct_worker_h worker, const uct_iface_params_t* params,
                                const uct_iface_config_t* config, uct_iface_h* iface) noexcept;

}  // namespace ucx_crypto::uct
