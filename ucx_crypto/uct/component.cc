#include "ucx_crypto/uct/component.h"

#include <memory>

#include "ucx_crypto/uct/devices.h"
#include "ucx_crypto/uct/iface.h"
#include "ucx_crypto/uct/md.h"

namespace ucx_crypto::uct {
namespace {

ucs_status_t rkey_ptr(uct_component_t*, uct_rkey_t, void*, uint64_t, void**) {
    return UCS_ERR_UNSUPPORTED;
}

ucs_status_t cm_open(uct_component_t*, uct_worker_h, const uct_cm_config_t*, uct_cm_h*) {
    return UCS_ERR_UNSUPPORTED;
}

void md_vfs_init(uct_md_h) {}

// The order of these tables' members differs between UCX versions: they are filled by name at run
// time, after the name, which is const and can only be initialised.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
uct_component_t component{.name = "crypto"};
#pragma GCC diagnostic pop
uct_tl_t transport{};

}  // namespace

void register_component() {
    component.query_md_resources = uct_md_query_single_md_resource;
    component.md_open = md_open;
    component.cm_open = cm_open;
    component.rkey_unpack = rkey_unpack;
    component.rkey_ptr = rkey_ptr;
    component.rkey_release = rkey_release;
    component.md_config.name = "crypto memory domain";
    component.md_config.prefix = "CRYPTO_";
    component.md_config.table = md_config_table;
    component.md_config.size = sizeof(MdConfig);
    component.cm_config.name = "";
    component.cm_config.prefix = "";
    component.md_vfs_init = md_vfs_init;
    ucs_list_head_init(&component.tl_list);

    ucs_strncpy_zero(transport.name, kTransportName, sizeof(transport.name));
    transport.query_devices = query_network_devices;
    transport.iface_open = iface_open;
    transport.config.name = "crypto_tc transport";
    transport.config.prefix = "CRYPTO_TCP_";
    transport.config.table = iface_config_table;
    transport.config.size = sizeof(IfaceConfig);

    uct_component_register(&component);
    uct_tl_register(&component, &transport);
}

}  // namespace ucx_crypto::uct
