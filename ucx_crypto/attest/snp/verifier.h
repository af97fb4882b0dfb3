// Is this evidence genuine? Whether a site accepts it is the policy's question.
#pragma once

#include "ucx_crypto/attest/check.h"
#include "ucx_crypto/attest/snp/certificate_chain.h"

namespace ucx_crypto::attest::snp {

/// A report of a real (or emulated) platform, and what it says.
struct Genuine {
    Report report;
    Claims claims;
    Validity validity{};  ///< of its certificates
};

/// One code path for AMD's roots and for emulated ones: the root set is an input, and the root
/// that verified the evidence decides whether it is emulated. Stateless after construction, usable
/// from any thread.
class Verifier {
  public:
    explicit Verifier(std::vector<Root> roots) : roots_(std::move(roots)) {}

    /// Report, chain and signature at time `now`, without regard to what REPORT_DATA says; every
    /// failure is kAuthentication.
    Result<Genuine> verify(const Evidence& evidence,
                           std::chrono::system_clock::time_point now) const;

    /// The same, telling each step in `steps`; those behind a failure are skipped.
    Result<Genuine> explain(const Evidence& evidence, std::chrono::system_clock::time_point now,
                            std::vector<Check>& steps) const;

  private:
    std::vector<Root> roots_;
};

/// The part of Verifier::verify that looks at the report, for a leaf that was verified before.
Result<Genuine> verify_report(ByteView report, const VerifiedLeaf& leaf);

/// What a report says, for a policy. Of a report that nobody verified it is worth nothing.
Claims claims_of(const Report& report, Product product, bool emulated);

/// kAuthentication unless the report carries exactly `expected`.
Status check_report_data(const Report& report, const ReportData& expected);

}  // namespace ucx_crypto::attest::snp
