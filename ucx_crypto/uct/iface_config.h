// Settings of an interface: UCX_CRYPTO_TCP_*, and the same of stacked transports.
#pragma once

#include "ucx_crypto/tcp/engine.h"
#include "ucx_crypto/uct/ucx.h"

namespace ucx_crypto::uct {

class IfaceState;

struct IfaceConfig {
    uct_iface_config_t super;
    size_t segment_size;
    unsigned long max_iov;
    int prefer_default;
    int put_enable;
    int nodelay;
    size_t send_buffer;
    size_t receive_buffer;
    ucs_range_spec_t port_range;
    double handshake_timeout;   // seconds
    double keepalive_interval;  // seconds
    unsigned max_handshakes;
    unsigned on_failure;
    unsigned coalescing;
};
extern ucs_config_field_t iface_config_table[];

enum class OnFailure : unsigned { kAbort, kError };

/// Checks `config` and writes what follows from it to `state` and to `settings`. kInvalidArgument
/// names the setting.
Status configure(IfaceState& state, const IfaceConfig& config, tcp::EngineSettings& settings);

}  // namespace ucx_crypto::uct
