// Evidence of mode snp: a report from a source of this machine, and its endorsements.
#pragma once

#include "ucx_crypto/attest/attester.h"
#include "ucx_crypto/attest/snp/report_source.h"

namespace ucx_crypto::attest::snp {

class SnpAttester final : public Attester {
  public:
    SnpAttester(std::unique_ptr<ReportSource> source, std::string description)
        : source_(std::move(source)), description_(std::move(description)) {}

    /// Besides the source's errors: kInternal when the report is none or carries other data than
    /// asked for, kNotFound when the host gives no certificates for it.
    Result<Evidence> attest(const ReportData& data) override;
    std::string description() const override { return description_; }

  private:
    const std::unique_ptr<ReportSource> source_;
    const std::string description_;
};

}  // namespace ucx_crypto::attest::snp
