#include "ucx_crypto/attest/evidence_attestation.h"

#include "ucx_crypto/attest/attestation_common.h"
#include "ucx_crypto/attest/snp/verifier.h"

namespace ucx_crypto::attest {
namespace {

/// Real and emulated evidence take one path; the roots make the difference.
class EvidenceAttestation final : public AttestationCommon {
  public:
    EvidenceAttestation(Mode mode, AppraisalPolicy policy, DomainKey domain,
                        std::unique_ptr<Attester> attester, std::vector<snp::Root> roots)
        : AttestationCommon(std::move(policy), std::move(domain)),
          mode_(mode),
          attester_(std::move(attester)),
          verifier_(std::move(roots)) {}

    Mode mode() const override { return mode_; }
    std::string attester() const override { return attester_->description(); }

    Result<Evidence> attest(const Binding& binding) override {
        return attester_->attest(report_data(mode_, binding));
    }

    Result<Claims> appraise(Mode peer_mode, const Evidence& evidence, const Binding& binding,
                            std::chrono::system_clock::time_point now) override {
        UCX_CRYPTO_TRY(check_peer_mode(peer_mode));
        UCX_CRYPTO_TRY(check_domain(binding));
        UCX_CRYPTO_TRY(check_purpose(binding));
        auto genuine = UCX_CRYPTO_TRY(verifier_.verify(evidence, now));
        UCX_CRYPTO_TRY(policy().accept(genuine.claims));
        UCX_CRYPTO_TRY(snp::check_report_data(genuine.report, report_data(mode_, binding)));
        return std::move(genuine.claims);
    }

  private:
    Status check_purpose(const Binding& binding) const {
        if (policy().channel_binding && binding.purpose != Binding::Purpose::kChannel) {
            return Error(ErrorCode::kRefused,
                         "policy key 'channel_binding': expected evidence for this connection, "
                         "found evidence for the process only");
        }
        return success();
    }

    const Mode mode_;
    const std::unique_ptr<Attester> attester_;
    const snp::Verifier verifier_;
};

}  // namespace

Result<std::unique_ptr<Attestation>> attestation_by_evidence(Mode mode, AppraisalPolicy policy,
                                                             DomainKey domain,
                                                             std::unique_ptr<Attester> attester,
                                                             std::vector<snp::Root> roots) {
    if (policy.domain_key_required && domain.key.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "UCX_CRYPTO_ATTESTATION=" + std::string(to_string(mode)) +
                         ": expected a domain key as the policy requires, found none; set "
                         "UCX_CRYPTO_DOMAIN_KEY");
    }
    return std::unique_ptr<Attestation>(std::make_unique<EvidenceAttestation>(
        mode, std::move(policy), std::move(domain), std::move(attester), std::move(roots)));
}

}  // namespace ucx_crypto::attest
