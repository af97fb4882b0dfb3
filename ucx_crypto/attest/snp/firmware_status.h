// Status codes of the SEV firmware (AMD 56860, "Status Codes"; Linux include/uapi/linux/psp-sev.h).
#pragma once

#include <cstdint>
#include <string>

namespace ucx_crypto::attest::snp {

inline constexpr uint32_t kStatusInvalidParameter = 0x16;
/// Not the firmware's: Linux's driver reports it when it did not come to call the firmware
/// (Documentation/virt/coco/sev-guest.rst).
inline constexpr uint32_t kNoFirmwareCall = 0xff;

/// The code with its name: "0x16 (INVALID_PARAM)"; "0x1234 (unknown)".
std::string firmware_status(uint32_t code);

}  // namespace ucx_crypto::attest::snp
