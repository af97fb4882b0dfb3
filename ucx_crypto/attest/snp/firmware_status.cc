#include "ucx_crypto/attest/snp/firmware_status.h"

#include <cstdio>
#include <string_view>

namespace ucx_crypto::attest::snp {
namespace {

std::string_view name_of(uint32_t code) {
    // Codes in order from 0; an empty name is a reserved code.
    static constexpr std::string_view kNames[] = {
        "SUCCESS",
        "INVALID_PLATFORM_STATE",
        "INVALID_GUEST_STATE",
        "INVALID_CONFIG",
        "INVALID_LEN",
        "ALREADY_OWNED",
        "INVALID_CERTIFICATE",
        "POLICY_FAILURE",
        "INACTIVE",
        "INVALID_ADDRESS",
        "BAD_SIGNATURE",
        "BAD_MEASUREMENT",
        "ASID_OWNED",
        "INVALID_ASID",
        "WBINVD_REQUIRED",
        "DF_FLUSH_REQUIRED",
        "INVALID_GUEST",
        "INVALID_COMMAND",
        "ACTIVE",
        "HWERROR_PLATFORM",
        "HWERROR_UNSAFE",
        "UNSUPPORTED",
        "INVALID_PARAM",
        "RESOURCE_LIMIT",
        "SECURE_DATA_INVALID",
        "INVALID_PAGE_SIZE",
        "INVALID_PAGE_STATE",
        "INVALID_MDATA_ENTRY",
        "INVALID_PAGE_OWNER",
        "AEAD_OFLOW",
        "",
        "EXIT_RING_BUFFER",
        "RMP_INIT_REQUIRED",
        "BAD_SVN",
        "BAD_VERSION",
        "SHUTDOWN_REQUIRED",
        "UPDATE_FAILED",
        "RESTORE_REQUIRED",
        "RMP_INIT_FAILED",
        "INVALID_KEY",
    };
    if (code == kNoFirmwareCall) {
        return "the firmware was not called";
    }
    const bool known = code < std::size(kNames) && !kNames[code].empty();
    return known ? kNames[code] : "unknown";
}

}  // namespace

std::string firmware_status(uint32_t code) {
    char number[16];
    std::snprintf(number, sizeof number, "0x%x", code);
    return std::string(number) + " (" + std::string(name_of(code)) + ")";
}

}  // namespace ucx_crypto::attest::snp
