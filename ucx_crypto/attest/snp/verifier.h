// Is this evidence genuine? Whether a site accepts it is the policy's question.
#pragma once

#include "ucx_crypto/attest/snp/certificate_chain.h"

namespace ucx_crypto::attest::snp {

/// One code path for AMD's roots and for emulated ones: the root set is an input, and the root
/// that verified the evidence decides whether it is emulated. Stateless after construction, usable
/// from any thread.
class Verifier {
  public:
    explicit Verifier(std::vector<Root> roots) : roots_(std::move(roots)) {}

    struct Genuine {
        Report report;
        Claims claims;
    };
    /// Report, chain and signature at time `now`, without regard to what REPORT_DATA says; every
    /// failure is kAuthentication.
    Result<Genuine> verify(const Evidence& evidence,
                           std::chrono::system_clock::time_point now) const;

  private:
    std::vector<Root> roots_;
};

/// kAuthentication unless the report carries exactly `expected`.
Status check_report_data(const Report& report, const ReportData& expected);

}  // namespace ucx_crypto::attest::snp
