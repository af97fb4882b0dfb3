#include "ucx_crypto/uct/fence.h"

#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>

#include "ucx_crypto/aead/openssl_instructions.h"
#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/site.h"
#include "ucx_crypto/base/transport_list.h"
#include "ucx_crypto/uct/c_boundary.h"
#include "ucx_crypto/uct/inner_devices.h"
#include "ucx_crypto/uct/ucx.h"

extern "C" {
#include <uct/base/uct_component.h>
}

namespace ucx_crypto::uct {
namespace {

using QueryDevices = decltype(uct_tl_t::query_devices);
using OpenInterface = decltype(uct_tl_t::iface_open);
using QueryResources = uct_component_query_md_resources_func_t;

/// What was in UCT's tables. Never freed: UCT may call through them until the process is gone.
struct Saved {
    std::mutex mutex;
    std::unordered_map<const uct_tl_t*, QueryDevices> query_devices;
    std::unordered_map<std::string, OpenInterface> open_interface;
    std::unordered_map<const uct_component_t*, QueryResources> query_resources;
};

Saved& saved() {
    static auto* tables = new Saved;
    return *tables;
}

std::atomic<bool> raised{false};
std::atomic<unsigned> opened{0};

ucs_status_t no_devices(uct_md_h, uct_tl_device_resource_t** devices, unsigned* count) noexcept {
    *devices = nullptr;
    *count = 0;
    return UCS_OK;
}

/// Counts what the hook asks for. The transport is found by the name that UCT opened it by.
ucs_status_t open_counted(uct_md_h md, uct_worker_h worker, const uct_iface_params_t* params,
                          const uct_iface_config_t* config, uct_iface_h* iface) noexcept {
    OpenInterface original = nullptr;
    {
        std::lock_guard lock(saved().mutex);
        auto found = saved().open_interface.find(params->mode.device.tl_name);
        if (found != saved().open_interface.end()) {
            original = found->second;
        }
    }
    if (original == nullptr) {
        return UCS_ERR_NO_DEVICE;
    }
    ucs_status_t status = original(md, worker, params, config, iface);
    if (status == UCS_OK) {
        opened.fetch_add(1, std::memory_order_relaxed);
    }
    return status;
}

bool ours(const uct_tl_t* transport) {
    return std::string_view(transport->name).starts_with("crypto_");
}

template <typename Visit>
void for_each_component(Visit visit) {
    uct_component_t* component = nullptr;
    ucs_list_for_each(component, &uct_components_list, list) {
        visit(component);
    }
}

template <typename Visit>
void for_each_transport(Visit visit) {
    for_each_component([&](uct_component_t* component) {
        uct_tl_t* transport = nullptr;
        ucs_list_for_each(transport, &component->tl_list, list) {
            visit(transport);
        }
    });
}

void fence_all();

/// A component may load modules with more transports when its resources are asked for.
ucs_status_t query_resources(uct_component_t* component, uct_md_resource_desc_t** resources,
                             unsigned* count) noexcept {
    QueryResources original = nullptr;
    {
        std::lock_guard lock(saved().mutex);
        auto found = saved().query_resources.find(component);
        if (found != saved().query_resources.end()) {
            original = found->second;
        }
    }
    if (original == nullptr) {
        return UCS_ERR_NO_DEVICE;
    }
    ucs_status_t status = original(component, resources, count);
    fence_all();
    return status;
}

void fence_all() {
    std::lock_guard lock(saved().mutex);
    for_each_component([](uct_component_t* component) {
        if (component->query_md_resources != query_resources) {
            saved().query_resources[component] = component->query_md_resources;
            component->query_md_resources = for_c(query_resources);
        }
    });
    for_each_transport([](uct_tl_t* transport) {
        if (ours(transport)) {
            if (transport->iface_open != open_counted) {
                saved().open_interface[transport->name] = transport->iface_open;
                transport->iface_open = for_c(open_counted);
            }
        } else if (!is_allowed_transport(transport->name) &&
                   transport->query_devices != no_devices) {
            saved().query_devices[transport] = transport->query_devices;
            transport->query_devices = for_c(no_devices);
        }
    });
}

/// UCX reads ucx.conf files, also one in the working directory, behind the environment that
/// apply_site() looks at.
Status refuse_outlets() {
    std::string found;
    if (ucs_global_opts.log_data_size != 0) {
        found = "UCX_LOG_DATA_SIZE=" + std::to_string(ucs_global_opts.log_data_size);
    } else if (ucs_global_opts.stats_dest != nullptr && *ucs_global_opts.stats_dest != '\0') {
        found = std::string("UCX_STATS_DEST=") + ucs_global_opts.stats_dest;
    }
    if (!found.empty()) {
        return Error(ErrorCode::kRefused,
                     "expected UCX to write no payload and no statistics where encryption is "
                     "required, found " +
                         found + "; remove it from ucx.conf");
    }
    return success();
}

Status refuse_slow_aes() {
    if (const std::string hidden = aead::hidden_instructions(); !hidden.empty()) {
        return Error(ErrorCode::kRefused,
                     "expected OpenSSL to use the processor's " + hidden +
                         " where encryption is required, found that OPENSSL_ia32cap hides it; "
                         "unset OPENSSL_ia32cap");
    }
    return success();
}

Status load_uct_modules() {
    uct_component_h* components = nullptr;
    unsigned count = 0;
    ucs_status_t status = uct_query_components(&components, &count);
    if (status != UCS_OK) {
        return Error(ErrorCode::kInternal,
                     std::string("expected UCT's components, found: ") + ucs_status_string(status));
    }
    uct_release_component_list(components);
    return success();
}

}  // namespace

Status raise_fence() {
    Site site = UCX_CRYPTO_TRY(load_site(kSiteFile));
    UCX_CRYPTO_TRY(apply_site(site));
    if (encryption_required(site)) {
        UCX_CRYPTO_TRY(refuse_outlets());
        UCX_CRYPTO_TRY(refuse_slow_aes());
    }
    Enforcement enforcement = decide_enforcement(site.require);
    if (!enforcement.enforced) {
        return success();
    }
    if (std::string problem = objection(environ); !problem.empty()) {
        return Error(ErrorCode::kRefused, problem + "; " + enforcement.reason +
                                              ". Name crypto_tcp, and beside it only transports "
                                              "within a host");
    }
    UCX_CRYPTO_TRY(load_uct_modules());
    look_behind_fence(fenced_query_devices);
    fence_all();
    raised.store(true, std::memory_order_release);
    return success();
}

void (*fenced_query_devices(const uct_tl* transport))() {
    std::lock_guard lock(saved().mutex);
    auto found = saved().query_devices.find(transport);
    return found != saved().query_devices.end() ? reinterpret_cast<void (*)()>(found->second)
                                                : nullptr;
}

}  // namespace ucx_crypto::uct

extern "C" {

__attribute__((visibility("default"))) unsigned ucx_crypto_fence_stands() {
    namespace uct = ucx_crypto::uct;
    bool stands = uct::raised.load(std::memory_order_acquire);
    uct::for_each_transport([&](const uct_tl_t* transport) {
        stands = stands && (ucx_crypto::is_allowed_transport(transport->name) ||
                            transport->query_devices == uct::no_devices);
    });
    return stands ? 1 : 0;
}

__attribute__((visibility("default"))) unsigned ucx_crypto_open_interfaces() {
    return ucx_crypto::uct::opened.load(std::memory_order_relaxed);
}
}
