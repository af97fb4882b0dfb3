// Evidence of a guest whose paravisor has taken the guest device away: the vTPM's report of Azure's
// confidential VMs, with the data of the guest's own in its runtime claims ("user-data").
// https://learn.microsoft.com/en-us/azure/confidential-computing/guest-attestation-confidential-virtual-machines-design
#pragma once

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest::snp {

/// An SEV-SNP report, and the data that it vouches for. Views into the bytes that were opened.
struct OpenedReport {
    ByteView report;
    /// Empty: the data is the report's REPORT_DATA. Else the runtime claims whose SHA-256 is, and
    /// which carry the data; the report's maker, not the hardware, vouches for how it got there.
    ByteView runtime_claims;

    bool by_paravisor() const { return !runtime_claims.empty(); }
};

/// A report of 1184 bytes as it is (not looked at), or a vTPM's report that ends with its claims.
/// kAuthentication otherwise. Neither can pass for the other: the first bytes of a report are its
/// version.
Result<OpenedReport> open_report(ByteView bytes);

/// What the guest has its paravisor say: "user-data" of the runtime claims, 64 bytes in
/// hexadecimal. kAuthentication unless the claims are one JSON object, of few levels, that says it
/// once. To be believed only when the report is genuine.
Result<ReportData> user_data(ByteView runtime_claims);

/// kAuthentication unless the report, or its runtime claims, carries exactly `expected`.
Status check_bound_data(const OpenedReport& opened, const ReportData& expected);

/// `bytes` of the vTPM without the zeros that fill its index up; kProtocol as parse_hcl_report.
Result<Bytes> without_filling(ByteView bytes);

}  // namespace ucx_crypto::attest::snp
