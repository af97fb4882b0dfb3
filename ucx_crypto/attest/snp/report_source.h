// Where a guest gets its attestation report: the guest device, configfs-tsm, a vTPM.
#pragma once

#include <memory>

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest::snp {

/// A page that the host fills is at most this large (Linux SEV_FW_BLOB_MAX_SIZE).
inline constexpr size_t kMaxCertificateTableSize = 16 * 1024;

/// What a source hands over, unexamined. The host supplies the table, and may supply none.
struct SignedReport {
    Bytes report;  ///< kReportSize bytes, or a vTPM's report (paravisor_evidence.h)
    Bytes certificate_table;
};

class ReportSource {
  public:
    virtual ~ReportSource() = default;

    /// A report that is asked to carry `data`. Any thread.
    virtual Result<SignedReport> get(const ReportData& data) = 0;

    /// Whether peers must trust the guest's paravisor for what its reports carry.
    virtual bool by_paravisor() const { return false; }
};

}  // namespace ucx_crypto::attest::snp
