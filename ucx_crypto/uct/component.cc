#include "ucx_crypto/uct/component.h"

#include "ucx_crypto/uct/iface.h"

namespace ucx_crypto::uct {
namespace {

uct_component_t component = [] {
    uct_component_t value{
        .query_md_resources = nullptr,
        .md_open = nullptr,
        .cm_open = nullptr,
        .rkey_unpack = nullptr,
        .rkey_ptr = nullptr,
        .rkey_release = nullptr,
        .name = "crypto",
    };
    value.query_md_resources = uct_md_query_single_md_resource;
    value.md_open = md_open;
    value.rkey_unpack = rkey_unpack;
    value.rkey_ptr = [](uct_component_t*, uct_rkey_t, void*, uint64_t, void**) {
        return UCS_ERR_UNSUPPORTED;
    };
    value.rkey_release = rkey_release;
    value.md_config.name = "crypto memory domain";
    value.md_config.prefix = "CRYPTO_";
    value.md_config.table = md_config_table;
    value.md_config.size = sizeof(MdConfig);
    value.md_vfs_init = [](uct_md_h) {};
    return value;
}();

uct_tl_t make_transport() {
    uct_tl_t value{};
    ucs_strncpy_zero(value.name, kTransportName, sizeof(value.name));
    value.query_devices = uct_tcp_query_devices_for_crypto;
    return value;
}

}  // namespace
}  // namespace ucx_crypto::uct
