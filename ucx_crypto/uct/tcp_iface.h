// Interfaces of crypto_tcp.
#pragma once

#include "ucx_crypto/uct/iface.h"

namespace ucx_crypto::uct {

/// UCT's iface_open of crypto_tcp.
ucs_status_t tcp_iface_open(uct_md_h md, uct_worker_h worker, const uct_iface_params_t* params,
                            const uct_iface_config_t* config, uct_iface_h* iface) noexcept;

}  // namespace ucx_crypto::uct
