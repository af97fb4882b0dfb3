// Reports of Azure's confidential VMs, where the paravisor (at VMPL 0) holds the guest device and
// answers through the vTPM.
// https://learn.microsoft.com/en-us/azure/confidential-computing/guest-attestation-confidential-virtual-machines-design
#pragma once

#include <functional>

#include "ucx_crypto/attest/snp/report_source.h"
#include "ucx_crypto/attest/snp/tpm.h"

namespace ucx_crypto::attest::snp {

inline constexpr uint32_t kVtpmReportIndex = 0x01400001;
inline constexpr uint32_t kVtpmUserDataIndex = 0x01400002;

/// Writes the data to one index and reads the report from the other until its claims carry the
/// data: the paravisor takes a moment to have a new one made. Any program with access may write
/// there as well, so that a report over other data is not this one's and the data is written again.
class VtpmReporter final : public ReportSource {
  public:
    using Opener = std::function<Result<std::unique_ptr<Tpm>>()>;

    /// Asks whether the TPM holds a report. kNotFound: it does not, or open() finds none.
    static Result<std::unique_ptr<ReportSource>> open(Opener opener);

    /// The report is the vTPM's, with the runtime claims (paravisor_evidence.h), and there is no
    /// certificate table. kTimedOut: the claims never carried the data; kProtocol: the index holds
    /// something else, or more than evidence may.
    Result<SignedReport> get(const ReportData& data) override;
    bool by_paravisor() const override { return true; }

  private:
    explicit VtpmReporter(Opener opener) : opener_(std::move(opener)) {}

    const Opener opener_;
};

}  // namespace ucx_crypto::attest::snp
