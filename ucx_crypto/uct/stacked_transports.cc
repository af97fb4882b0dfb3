#include "ucx_crypto/uct/stacked_transports.h"

#include <unistd.h>

#include <algorithm>

#include "ucx_crypto/base/transport_list.h"

namespace ucx_crypto::uct {
namespace {

constexpr std::array<const char*, 2> kRc{"rc_mlx5", "rc_verbs"};
constexpr std::array<const char*, 1> kDc{"dc_mlx5"};
constexpr std::array<const char*, 1> kPosix{"posix"};
constexpr std::array<const char*, 1> kSysv{"sysv"};
constexpr std::array<StackedTransport, kStackedTransports> kTransports{{
    {"crypto_rc", "crypto_rc", "UCX_CRYPTO_RC_", kRc, false},
    {"crypto_dc", "crypto_dc", "UCX_CRYPTO_DC_", kDc, false},
    {"crypto_posix", "crypto_po", "UCX_CRYPTO_POSIX_", kPosix, true},
    {"crypto_sysv", "crypto_sy", "UCX_CRYPTO_SYSV_", kSysv, true},
}};

/// Shared memory in clear is no less secure than ours, and quicker: who wants ours says so.
bool is_offered(const StackedTransport& transport) {
    const auto lists = transport_lists(environ);
    return !transport.within_host || std::any_of(lists.begin(), lists.end(), [&](const auto& list) {
        return names_transport(list.second, transport.name);
    });
}

}  // namespace

std::span<const StackedTransport, kStackedTransports> stacked_transports() {
    return kTransports;
}

const StackedTransport* find_stacked_transport(std::string_view name) {
    const auto* found = std::find_if(kTransports.begin(), kTransports.end(),
                                     [&](const auto& transport) { return name == transport.name; });
    return found == kTransports.end() ? nullptr : found;
}

std::vector<InnerDevice> inner_devices(Md& md, const StackedTransport& transport) {
    std::vector<const char*> names;
    for (const StackedTransport& each : kTransports) {
        if (is_offered(each)) {
            names.insert(names.end(), each.inner.begin(), each.inner.end());
        }
    }
    return preferred(md.inner_devices.find(names), transport.inner);
}

ucs_status_t query_stacked_devices(uct_md_h md, const StackedTransport& transport,
                                   uct_tl_device_resource_t** devices, unsigned* count) {
    *devices = nullptr;
    *count = 0;
    const auto found = inner_devices(*Md::of(md), transport);
    if (found.empty()) {
        return UCS_OK;
    }
    auto* list = static_cast<uct_tl_device_resource_t*>(
        ucs_calloc(found.size(), sizeof(uct_tl_device_resource_t), "crypto devices"));
    if (list == nullptr) {
        return UCS_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < found.size(); ++i) {
        list[i] = found[i].resource;
    }
    *devices = list;
    *count = static_cast<unsigned>(found.size());
    return UCS_OK;
}

}  // namespace ucx_crypto::uct
