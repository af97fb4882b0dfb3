// What answers for the secure processor in tests: reports and certificates of an emulated root, the
// folder GUEST_DEVICE_ROOT, made by the module GUEST_DEVICE_MODULE. Nobody trusts it as AMD's.
#pragma once

#include <cstdint>

#include "ucx_crypto/base/bytes.h"

/// Fills `response`, the 4000 bytes of the kernel's snp_report_resp, with MSG_REPORT_RSP over
/// `report_data`, 64 bytes. False, with the reason on standard error, when that cannot be done.
bool respond(const uint8_t* report_data, uint8_t* response);

/// The host's certificate table (GHCB specification, SNP extended guest request): VCEK, ASK, ARK.
ucx_crypto::Bytes certificate_table();
