#include "ucx_crypto/attest/evidence_attestation.h"

#include "ucx_crypto/attest/agent/agent_evidence.h"
#include "ucx_crypto/attest/attestation_common.h"
#include "ucx_crypto/attest/snp/caching_verifier.h"
#include "ucx_crypto/attest/snp/paravisor_evidence.h"
#include "ucx_crypto/attest/snp/revocation_lists.h"

namespace ucx_crypto::attest {
namespace {

/// Real and emulated evidence take one path; the roots make the difference. Where this side's own
/// comes from is the matter of subclasses.
class EvidenceAttestation : public AttestationCommon {
  public:
    EvidenceAttestation(Mode mode, AppraisalPolicy policy, DomainKey domain,
                        std::vector<snp::Root> roots, const std::string& store)
        : AttestationCommon(std::move(policy), std::move(domain)),
          mode_(mode),
          verifier_(std::move(roots)),
          lists_(store) {}

    Mode mode() const override { return mode_; }

    Result<Claims> appraise(Mode peer_mode, const Evidence& evidence, const Binding& binding,
                            std::chrono::system_clock::time_point now) override {
        UCX_CRYPTO_TRY(check_peer_mode(peer_mode));
        UCX_CRYPTO_TRY(check_domain(binding));
        UCX_CRYPTO_TRY(check_purpose(binding));
        return binding.purpose == Binding::Purpose::kAgent ? appraise_agent(evidence, binding, now)
                                                           : appraise_own(evidence, binding, now);
    }

  private:
    /// A report of the peer's own. A paravisor's claims are not read before report and policy have
    /// been checked: only their hash is.
    Result<Claims> appraise_own(const Evidence& evidence, const Binding& binding,
                                std::chrono::system_clock::time_point now) {
        const auto opened = UCX_CRYPTO_TRY(snp::open_report(evidence.report));
        auto genuine =
            UCX_CRYPTO_TRY(verifier_.verify({to_bytes(opened.report), evidence.endorsements}, now));
        genuine.claims.paravisor = opened.by_paravisor();
        UCX_CRYPTO_TRY(look_for_revocation(genuine.claims, evidence, now));
        UCX_CRYPTO_TRY(policy().accept(genuine.claims));
        UCX_CRYPTO_TRY(snp::check_bound_data(opened, report_data(mode_, binding)));
        return std::move(genuine.claims);
    }

    Result<Claims> appraise_agent(const Evidence& evidence, const Binding& binding,
                                  std::chrono::system_clock::time_point now) {
        auto shared = UCX_CRYPTO_TRY(agent::decode_agent_evidence(evidence.report));
        const auto expected = UCX_CRYPTO_TRY(
            agent::expected_report_data(mode_, shared, binding.domain_id, binding.spki_hash));
        auto genuine = UCX_CRYPTO_TRY(
            verifier_.verify({std::move(shared.report), evidence.endorsements}, now));
        genuine.claims.agent_uid = shared.uid;
        UCX_CRYPTO_TRY(look_for_revocation(genuine.claims, evidence, now));
        UCX_CRYPTO_TRY(policy().accept(genuine.claims));
        UCX_CRYPTO_TRY(snp::check_report_data(genuine.report, expected));
        return std::move(genuine.claims);
    }

    /// On every connection, also of evidence that was genuine before: lists change.
    Status look_for_revocation(Claims& claims, const Evidence& evidence,
                               std::chrono::system_clock::time_point now) const {
        const auto product = snp::parse_product(claims.product);
        if (product && !claims.emulated && policy().crl != RevocationUse::kIgnore) {
            claims.revocation =
                UCX_CRYPTO_TRY(lists_.examine(evidence.endorsements, *product, now));
        }
        return success();
    }

    Status check_purpose(const Binding& binding) const {
        if (policy().channel_binding && binding.purpose != Binding::Purpose::kChannel) {
            return Error(ErrorCode::kRefused,
                         "policy key 'channel_binding': expected evidence for this connection, "
                         "found evidence for the process only");
        }
        return success();
    }

    const Mode mode_;
    snp::CachingVerifier verifier_;
    const snp::RevocationLists lists_;
};

class OwnEvidence final : public EvidenceAttestation {
  public:
    OwnEvidence(Mode mode, AppraisalPolicy policy, DomainKey domain,
                std::unique_ptr<Attester> attester, std::vector<snp::Root> roots,
                const std::string& store)
        : EvidenceAttestation(mode, std::move(policy), std::move(domain), std::move(roots), store),
          attester_(std::move(attester)) {}

    std::string attester() const override { return attester_->description(); }

    Result<Evidence> attest(const Binding& binding) override {
        if (binding.purpose == Binding::Purpose::kAgent) {
            return Error(ErrorCode::kInternal,
                         "evidence: expected purpose identity or channel, found agent, whose "
                         "evidence only agents make");
        }
        return attester_->attest(report_data(mode(), binding));
    }

  private:
    const std::unique_ptr<Attester> attester_;
};

class AgentsEvidence final : public EvidenceAttestation {
  public:
    AgentsEvidence(Mode mode, AppraisalPolicy policy, DomainKey domain,
                   std::unique_ptr<agent::AgentClient> client, std::vector<snp::Root> roots,
                   const std::string& store)
        : EvidenceAttestation(mode, std::move(policy), std::move(domain), std::move(roots), store),
          client_(std::move(client)) {}

    std::string attester() const override { return client_->description(); }
    Binding::Purpose identity_purpose() const override { return Binding::Purpose::kAgent; }

    Result<Evidence> attest(const Binding& binding) override {
        if (binding.purpose != Binding::Purpose::kAgent) {
            return Error(ErrorCode::kInternal,
                         "evidence: expected purpose agent, found another; a node's agent makes "
                         "no other");
        }
        return client_->attest(mode(), binding.spki_hash, binding.domain_id);
    }

  private:
    const std::unique_ptr<agent::AgentClient> client_;
};

Status check_domain_key(Mode mode, const AppraisalPolicy& policy, const DomainKey& domain) {
    if (policy.domain_key_required && domain.key.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "UCX_CRYPTO_ATTESTATION=" + std::string(to_string(mode)) +
                         ": expected a domain key as the policy requires, found none; set "
                         "UCX_CRYPTO_DOMAIN_KEY");
    }
    return success();
}

}  // namespace

Result<std::unique_ptr<Attestation>> attestation_by_evidence(Mode mode, AppraisalPolicy policy,
                                                             DomainKey domain,
                                                             std::unique_ptr<Attester> attester,
                                                             std::vector<snp::Root> roots,
                                                             const std::string& store) {
    UCX_CRYPTO_TRY(check_domain_key(mode, policy, domain));
    return std::unique_ptr<Attestation>(std::make_unique<OwnEvidence>(
        mode, std::move(policy), std::move(domain), std::move(attester), std::move(roots), store));
}

Result<std::unique_ptr<Attestation>> attestation_by_agent(
    Mode mode, AppraisalPolicy policy, DomainKey domain, std::unique_ptr<agent::AgentClient> client,
    std::vector<snp::Root> roots, const std::string& store) {
    UCX_CRYPTO_TRY(check_domain_key(mode, policy, domain));
    if (!policy.allow_agent || policy.channel_binding) {
        return Error(
            ErrorCode::kRefused,
            client->description() + ": expected a policy with allow_agent true" +
                (policy.channel_binding ? " and without channel_binding" : "") +
                ", found one that refuses its evidence; set UCX_CRYPTO_POLICY to one that accepts "
                "it on all hosts, or UCX_CRYPTO_AGENT=off where processes may use the device");
    }
    return std::unique_ptr<Attestation>(std::make_unique<AgentsEvidence>(
        mode, std::move(policy), std::move(domain), std::move(client), std::move(roots), store));
}

}  // namespace ucx_crypto::attest
