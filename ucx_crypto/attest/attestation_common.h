// What the attestation modes share: a policy, mostly a domain key, and the checks that need no
// evidence.
#pragma once

#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/domain_key.h"

namespace ucx_crypto::attest {

class AttestationCommon : public Attestation {
  public:
    AttestationCommon(AppraisalPolicy policy, DomainKey domain)
        : policy_(std::move(policy)), digest_(policy_.digest()), domain_(std::move(domain)) {}

    Digest policy_digest() const override { return digest_; }
    Digest domain_id() const override { return domain_.id; }
    bool requires_channel_binding() const override { return policy_.channel_binding; }
    const SecretBytes* domain_key() const override {
        return domain_.key.empty() ? nullptr : &domain_.key;
    }

  protected:
    const AppraisalPolicy& policy() const { return policy_; }

    Status check_peer_mode(Mode peer_mode) const {
        if (peer_mode != mode()) {
            return Error(ErrorCode::kRefused,
                         "attestation mode: expected " + std::string(to_string(mode())) +
                             " as on this side, found " + std::string(to_string(peer_mode)) +
                             "; set UCX_CRYPTO_ATTESTATION alike on all hosts");
        }
        return success();
    }

    Status check_domain(const Binding& binding) const {
        if (binding.domain_id != domain_.id) {
            return Error(ErrorCode::kAuthentication,
                         "domain: expected " + to_hex(ByteView(domain_.id).first(8)) +
                             "..., found " + to_hex(ByteView(binding.domain_id).first(8)) +
                             "...; give the same domain key file to all hosts");
        }
        return success();
    }

  private:
    const AppraisalPolicy policy_;
    const Digest digest_;
    const DomainKey domain_;
};

}  // namespace ucx_crypto::attest
