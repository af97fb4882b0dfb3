#include "ucx_crypto/uct/devices.h"

#include <filesystem>
#include <vector>

#include "ucx_crypto/base/log.h"

namespace ucx_crypto::uct {

ucs_status_t query_network_devices(uct_md_h, uct_tl_device_resource_t** devices,
                                   unsigned* count) noexcept {
    constexpr char kFolder[] = "/sys/class/net";
    std::vector<uct_tl_device_resource_t> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(kFolder, error)) {
        const std::string name = entry.path().filename();
        // Devices are symbolic links (sysfs(5)); bonding_masters, say, is a file.
        if (!entry.is_symlink(error) || (ucs_netif_is_active(name.c_str(), AF_INET) == 0 &&
                                         ucs_netif_is_active(name.c_str(), AF_INET6) == 0)) {
            continue;
        }
        uct_tl_device_resource_t& device = found.emplace_back();
        ucs_strncpy_zero(device.name, name.c_str(), sizeof(device.name));
        device.type = UCT_DEVICE_TYPE_NET;
        device.sys_device = UCS_SYS_DEVICE_ID_UNKNOWN;
    }
    if (error) {
        UCX_CRYPTO_ERROR("%s cannot be listed: %s", kFolder, error.message().c_str());
        return UCS_ERR_IO_ERROR;
    }
    const size_t size = found.size() * sizeof(found[0]);
    auto* list = static_cast<uct_tl_device_resource_t*>(
        size == 0 ? nullptr : ucs_malloc(size, "crypto_tcp devices"));
    if (size != 0) {
        if (list == nullptr) {
            return UCS_ERR_NO_MEMORY;
        }
        memcpy(list, found.data(), size);
    }
    *devices = list;
    *count = static_cast<unsigned>(found.size());
    return UCS_OK;
}

}  // namespace ucx_crypto::uct
