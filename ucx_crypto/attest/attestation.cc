#include "ucx_crypto/attest/attestation.h"

#include "ucx_crypto/attest/attestation_common.h"
#include "ucx_crypto/attest/create_attestation.h"
#include "ucx_crypto/attest/emulated_attester.h"
#include "ucx_crypto/attest/evidence_attestation.h"
#include "ucx_crypto/attest/snp/snp_attester.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::attest {
namespace {

/// Membership by the domain key alone, for clusters without SEV.
class Off final : public AttestationCommon {
  public:
    using AttestationCommon::AttestationCommon;

    Mode mode() const override { return Mode::kOff; }
    Result<Evidence> attest(const Binding&) override { return Evidence{}; }

    Result<Claims> appraise(Mode peer_mode, const Evidence& evidence, const Binding& binding,
                            std::chrono::system_clock::time_point) override {
        UCX_CRYPTO_TRY(check_peer_mode(peer_mode));
        UCX_CRYPTO_TRY(check_domain(binding));
        if (!evidence.report.empty() || !evidence.endorsements.empty()) {
            return Error(ErrorCode::kProtocol,
                         "evidence: expected none in attestation mode off, found " +
                             std::to_string(evidence.report.size()) + " and " +
                             std::to_string(evidence.endorsements.size()) + " bytes");
        }
        return Claims{};
    }
};

Result<std::unique_ptr<Attestation>> create_emulated(const Settings& settings,
                                                     AppraisalPolicy policy, DomainKey domain) {
    if (!policy.allow_emulated) {
        return Error(
            ErrorCode::kRefused,
            "UCX_CRYPTO_ATTESTATION=emulated: expected a policy with allow_emulated true, "
            "found " +
                (settings.policy_path.empty() ? "the built-in policy" : settings.policy_path) +
                ", which refuses it; set UCX_CRYPTO_POLICY to one that allows it");
    }
    auto attester = UCX_CRYPTO_TRY(EmulatedAttester::open(settings));
    std::vector<snp::Root> roots{attester->root()};
    return attestation_by_evidence(Mode::kEmulated, std::move(policy), std::move(domain),
                                   std::move(attester), std::move(roots));
}

Result<std::unique_ptr<Attestation>> create_off(AppraisalPolicy policy, DomainKey domain) {
    if (domain.key.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "UCX_CRYPTO_ATTESTATION=off: expected a domain key, found none; set "
                     "UCX_CRYPTO_DOMAIN_KEY to a file of 32 random bytes with mode 0600");
    }
    if (policy.needs_evidence()) {
        return Error(ErrorCode::kRefused,
                     "UCX_CRYPTO_ATTESTATION=off: expected a policy that asks for no evidence, "
                     "found one that does; use another mode or another policy");
    }
    return std::unique_ptr<Attestation>(
        std::make_unique<Off>(std::move(policy), std::move(domain)));
}

Result<std::unique_ptr<Attestation>> create_snp(const Settings& settings,
                                                const std::vector<snp::Candidate>& candidates,
                                                AppraisalPolicy policy, DomainKey domain) {
    auto chosen = snp::choose_source(candidates);
    if (!chosen.ok()) {
        return std::move(chosen).error().in("UCX_CRYPTO_ATTESTATION=" +
                                            std::string(to_string(settings.mode)));
    }
    UCX_CRYPTO_INFO("attestation: %s", chosen->description.c_str());
    return attestation_by_evidence(
        Mode::kSnp, std::move(policy), std::move(domain),
        std::make_unique<snp::SnpAttester>(std::move(chosen->source), chosen->description,
                                           settings.endorsements),
        snp::amd_roots());
}

Result<std::unique_ptr<Attestation>> create_checked(const Settings& settings,
                                                    const std::vector<snp::Candidate>& candidates) {
    AppraisalPolicy policy = UCX_CRYPTO_TRY(AppraisalPolicy::load(settings.policy_path));
    DomainKey domain;
    if (!settings.domain_key_path.empty()) {
        domain = UCX_CRYPTO_TRY(load_domain_key(settings.domain_key_path));
    }
    switch (settings.mode) {
        case Mode::kOff:
            return create_off(std::move(policy), std::move(domain));
        case Mode::kEmulated:
            return create_emulated(settings, std::move(policy), std::move(domain));
        case Mode::kAuto:
        case Mode::kSnp:
            break;
    }
    return create_snp(settings, candidates, std::move(policy), std::move(domain));
}

}  // namespace

Result<std::unique_ptr<Attestation>> create_attestation(
    const Settings& settings, const std::vector<snp::Candidate>& candidates) {
    try {
        return create_checked(settings, candidates);
    } catch (const std::exception& failure) {
        return Error(ErrorCode::kInternal, std::string("attestation: ") + failure.what());
    }
}

Result<std::unique_ptr<Attestation>> Attestation::create(const Settings& settings) {
    return create_attestation(settings, snp::candidates_of_this_machine());
}

}  // namespace ucx_crypto::attest
