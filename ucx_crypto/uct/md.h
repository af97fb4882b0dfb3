// The memory domain of our transports: settings, and registered regions.
#pragma once

#include "ucx_crypto/tcp/region_table.h"
#include "ucx_crypto/uct/inner_devices.h"
#include "ucx_crypto/uct/md_config.h"

namespace ucx_crypto::uct {

/// One per UCP context; its workers, and so several threads, share it.
struct Md {
    uct_md_t super;
    MdSettings settings;
    tcp::RegionTable regions;
    InnerDevices inner_devices;

    static Md* of(uct_md_h md) { return reinterpret_cast<Md*>(md); }
};

ucs_status_t md_open(uct_component_t* component, const char* name, const uct_md_config_t* config,
                     uct_md_h* md) noexcept;
ucs_status_t rkey_unpack(uct_component_t* component, const void* buffer, uct_rkey_t* rkey,
                         void** handle) noexcept;
ucs_status_t rkey_release(uct_component_t* component, uct_rkey_t rkey, void* handle) noexcept;

/// What an unpacked remote key points to.
struct RemoteKey {
    tcp::Token token;
};

}  // namespace ucx_crypto::uct
