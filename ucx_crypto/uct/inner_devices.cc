#include "ucx_crypto/uct/inner_devices.h"

#include <algorithm>

#include "ucx_crypto/base/log.h"

extern "C" {
#include <uct/base/uct_component.h>
}

namespace ucx_crypto::uct {
namespace {

using QueryDevices = decltype(uct_tl_t::query_devices);

BehindFence behind_fence = nullptr;

std::vector<uct_tl_t*> transports_of(uct_component_t* component,
                                     std::span<const char* const> names) {
    std::vector<uct_tl_t*> chosen;
    uct_tl_t* transport = nullptr;
    ucs_list_for_each(transport, &component->tl_list, list) {
        const std::string_view name = transport->name;
        if (std::find(names.begin(), names.end(), name) != names.end()) {
            chosen.push_back(transport);
        }
    }
    return chosen;
}

void append_devices_of_md(uct_component_t* component, const char* md_name,
                          std::span<uct_tl_t* const> transports, std::vector<InnerDevice>& found) {
    uct_md_config_t* config = nullptr;
    if (uct_md_config_read(component, nullptr, nullptr, &config) != UCS_OK) {
        return;
    }
    uct_md_h md = nullptr;
    const ucs_status_t opened = uct_md_open(component, md_name, config, &md);
    uct_config_release(config);
    if (opened != UCS_OK) {
        UCX_CRYPTO_DEBUG("memory domain %s cannot be opened: %s", md_name,
                         ucs_status_string(opened));
        return;
    }
    for (const uct_tl_t* transport : transports) {
        // The fence has taken the devices of transports that leave the host in clear: ours do not.
        const auto fenced = reinterpret_cast<QueryDevices>(
            behind_fence != nullptr ? behind_fence(transport) : nullptr);
        const QueryDevices query = fenced != nullptr ? fenced : transport->query_devices;
        uct_tl_device_resource_t* devices = nullptr;
        unsigned count = 0;
        if (query(md, &devices, &count) == UCS_OK) {
            for (unsigned i = 0; i < count; ++i) {
                found.push_back({component, md_name, transport->name, devices[i]});
            }
            ucs_free(devices);
        }
    }
    uct_md_close(md);
}

}  // namespace

void look_behind_fence(BehindFence query) {
    behind_fence = query;
}

const std::vector<InnerDevice>& InnerDevices::find(std::span<const char* const> names) {
    std::call_once(once_, [&] {
        uct_component_t* component = nullptr;
        ucs_list_for_each(component, &uct_components_list, list) {
            const auto transports = transports_of(component, names);
            uct_md_resource_desc_t* domains = nullptr;
            unsigned count = 0;
            if (transports.empty() ||
                component->query_md_resources(component, &domains, &count) != UCS_OK) {
                continue;
            }
            for (unsigned i = 0; i < count; ++i) {
                append_devices_of_md(component, domains[i].md_name, transports, found_);
            }
            ucs_free(domains);
        }
    });
    return found_;
}

std::vector<InnerDevice> preferred(std::span<const InnerDevice> all,
                                   std::span<const char* const> names) {
    std::vector<InnerDevice> chosen;
    for (const std::string_view name : names) {
        for (const InnerDevice& device : all) {
            const bool known = std::any_of(chosen.begin(), chosen.end(), [&](const auto& other) {
                return std::string_view(other.resource.name) == device.resource.name;
            });
            if (device.transport == name && !known) {
                chosen.push_back(device);
            }
        }
    }
    return chosen;
}

}  // namespace ucx_crypto::uct
