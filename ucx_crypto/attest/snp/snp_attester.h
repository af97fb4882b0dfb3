// Evidence of mode snp: a report from a source of this machine, and its endorsements.
#pragma once

#include <optional>

#include "ucx_crypto/attest/attester.h"
#include "ucx_crypto/attest/snp/endorsement_store.h"
#include "ucx_crypto/attest/snp/report_source.h"

namespace ucx_crypto::attest::snp {

class SnpAttester final : public Attester {
  public:
    /// `store`: folder of certificates for when the host gives none of this chip and TCB; empty:
    /// there is none.
    SnpAttester(std::unique_ptr<ReportSource> source, std::string description,
                const std::string& store = "")
        : source_(std::move(source)), description_(std::move(description)) {
        if (!store.empty()) {
            store_.emplace(store);
        }
    }

    /// Besides the source's errors: kInternal when the report is none or carries other data than
    /// asked for, kNotFound when neither host nor store gives certificates for it.
    Result<Evidence> attest(const ReportData& data) override;
    std::string description() const override { return description_; }

  private:
    const std::unique_ptr<ReportSource> source_;
    const std::string description_;
    std::optional<EndorsementStore> store_;
};

}  // namespace ucx_crypto::attest::snp
