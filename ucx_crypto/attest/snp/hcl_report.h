// The report that Azure's confidential VMs keep in their vTPM (NV index 0x01400001), where the
// paravisor has taken the guest device away.
#pragma once

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest::snp {

/// Views into the bytes that were parsed.
struct HclReport {
    ByteView report;          ///< kReportSize bytes
    ByteView runtime_claims;  ///< JSON: the vTPM's keys and what the guest has it say
};

/// Takes the NV index's contents apart; zeros may follow. kProtocol unless it is an SEV-SNP report
/// whose REPORT_DATA is the SHA-256 of the runtime claims and 32 zeros. The report itself is not
/// verified.
Result<HclReport> parse_hcl_report(ByteView bytes);

}  // namespace ucx_crypto::attest::snp
