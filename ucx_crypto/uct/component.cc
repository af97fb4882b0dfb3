#include "ucx_crypto/uct/component.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "ucx_crypto/base/transport_list.h"
#include "ucx_crypto/uct/c_boundary.h"
#include "ucx_crypto/uct/devices.h"
#include "ucx_crypto/uct/md.h"
#include "ucx_crypto/uct/stacked_iface.h"
#include "ucx_crypto/uct/tcp_iface.h"

namespace ucx_crypto::uct {
namespace {

ucs_status_t rkey_ptr(uct_component_t*, uct_rkey_t, void*, uint64_t, void**) noexcept {
    return UCS_ERR_UNSUPPORTED;
}

ucs_status_t cm_open(uct_component_t*, uct_worker_h, const uct_cm_config_t*, uct_cm_h*) noexcept {
    return UCS_ERR_UNSUPPORTED;
}

void md_vfs_init(uct_md_h) noexcept {}

// The order of these tables' members differs between UCX versions: they are filled by name at run
// time, after the name, which is const and can only be initialised.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
uct_component_t component{.name = "crypto"};
#pragma GCC diagnostic pop
uct_tl_t transport{};

std::array<uct_tl_t, kStackedTransports> stacked{};

/// UCT does not say which transport it asks: one function for each.
template <size_t kIndex>
ucs_status_t query_stacked(uct_md_h md, uct_tl_device_resource_t** devices,
                           unsigned* count) noexcept {
    return query_stacked_devices(md, stacked_transports()[kIndex], devices, count);
}

template <size_t... kIndices>
void register_stacked(std::index_sequence<kIndices...>) {
    ((stacked[kIndices].query_devices = for_c(query_stacked<kIndices>)), ...);
    for (size_t i = 0; i < kStackedTransports; ++i) {
        const StackedTransport& description = stacked_transports()[i];
        ucs_strncpy_zero(stacked[i].name, description.name, sizeof(stacked[i].name));
        stacked[i].iface_open = for_c(stacked_iface_open);
        stacked[i].config.name = description.name;
        stacked[i].config.prefix = description.settings_prefix();
        stacked[i].config.table = stacked_config_table;
        stacked[i].config.size = sizeof(StackedConfig);
        uct_tl_register(&component, &stacked[i]);
    }
}

}  // namespace

void register_component() {
    component.query_md_resources = uct_md_query_single_md_resource;
    component.md_open = for_c(md_open);
    component.cm_open = for_c(cm_open);
    component.rkey_unpack = for_c(rkey_unpack);
    component.rkey_ptr = for_c(rkey_ptr);
    component.rkey_release = for_c(rkey_release);
    component.md_config.name = "crypto memory domain";
    component.md_config.prefix = "CRYPTO_";
    component.md_config.table = md_config_table;
    component.md_config.size = sizeof(MdConfig);
    component.cm_config.name = "";
    component.cm_config.prefix = "";
    component.md_vfs_init = for_c(md_vfs_init);
    ucs_list_head_init(&component.tl_list);

    ucs_strncpy_zero(transport.name, kTransportName.data(), sizeof(transport.name));
    transport.query_devices = for_c(query_network_devices);
    transport.iface_open = for_c(tcp_iface_open);
    transport.config.name = "crypto_tc transport";
    transport.config.prefix = "CRYPTO_TCP_";
    transport.config.table = iface_config_table;
    transport.config.size = sizeof(IfaceConfig);

    uct_component_register(&component);
    uct_tl_register(&component, &transport);
    register_stacked(std::make_index_sequence<kStackedTransports>());
}

namespace {

void append_names(const ucs_config_field_t* field, const std::string& prefix,
                  std::vector<std::string>& names) {
    for (; field->name != nullptr; ++field) {
        if (*field->name == '\0') {  // another table's fields
            append_names(static_cast<const ucs_config_field_t*>(field->parser.arg), prefix, names);
        } else {
            names.push_back("variable " + prefix + field->name);
        }
    }
}

}  // namespace

std::vector<std::string> registered_names() {
    std::vector<std::string> names;
    const std::string prefix = "UCX_";
    append_names(component.md_config.table, prefix + component.md_config.prefix, names);
    const uct_tl_t* registered = nullptr;
    ucs_list_for_each(registered, &component.tl_list, list) {
        names.push_back("transport " + std::string(registered->name));
        append_names(registered->config.table, prefix + registered->config.prefix, names);
    }
    return names;
}

}  // namespace ucx_crypto::uct
