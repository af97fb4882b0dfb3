#include "ucx_crypto/attest/attestation.h"

#include <unistd.h>

#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/domain_key.h"
#include "ucx_crypto/attest/emulated_attester.h"
#include "ucx_crypto/attest/snp/verifier.h"

namespace ucx_crypto::attest {
namespace {

/// What every mode has: a policy and, mostly, a domain key.
class Common : public Attestation {
  public:
    Common(AppraisalPolicy policy, DomainKey domain)
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

    Status check_purpose(const Binding& binding) const {
        if (policy_.channel_binding && binding.purpose != Binding::Purpose::kChannel) {
            return Error(ErrorCode::kRefused,
                         "policy key 'channel_binding': expected evidence for this connection, "
                         "found evidence for the process only");
        }
        return success();
    }

  private:
    const AppraisalPolicy policy_;
    const Digest digest_;
    const DomainKey domain_;
};

/// Membership by the domain key alone, for clusters without SEV.
class Off final : public Common {
  public:
    using Common::Common;

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

/// Software SNP. What it verifies takes the path of real evidence, under another root.
class Emulated final : public Common {
  public:
    Emulated(AppraisalPolicy policy, DomainKey domain, EmulatedAttester attester)
        : Common(std::move(policy), std::move(domain)),
          attester_(std::move(attester)),
          verifier_({attester_.root()}) {}

    Mode mode() const override { return Mode::kEmulated; }
    Result<Evidence> attest(const Binding& binding) override {
        return attester_.attest(report_data(mode(), binding));
    }

    Result<Claims> appraise(Mode peer_mode, const Evidence& evidence, const Binding& binding,
                            std::chrono::system_clock::time_point now) override {
        UCX_CRYPTO_TRY(check_peer_mode(peer_mode));
        UCX_CRYPTO_TRY(check_domain(binding));
        UCX_CRYPTO_TRY(check_purpose(binding));
        auto genuine = UCX_CRYPTO_TRY(verifier_.verify(evidence, now));
        UCX_CRYPTO_TRY(policy().accept(genuine.claims));
        UCX_CRYPTO_TRY(snp::check_report_data(genuine.report, report_data(mode(), binding)));
        return std::move(genuine.claims);
    }

  private:
    const EmulatedAttester attester_;
    const snp::Verifier verifier_;
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
    if (policy.domain_key_required && domain.key.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "UCX_CRYPTO_ATTESTATION=emulated: expected a domain key as the policy "
                     "requires, found none; set UCX_CRYPTO_DOMAIN_KEY");
    }
    auto attester = UCX_CRYPTO_TRY(EmulatedAttester::open(settings));
    return std::unique_ptr<Attestation>(
        std::make_unique<Emulated>(std::move(policy), std::move(domain), std::move(attester)));
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

Error no_device(Mode mode) {
    const std::string setting = "UCX_CRYPTO_ATTESTATION=" + std::string(to_string(mode));
    const char* device = access("/dev/sev-guest", F_OK) == 0 ? "/dev/sev-guest"
                         : access("/sys/kernel/config/tsm/report", F_OK) == 0
                             ? "/sys/kernel/config/tsm/report"
                             : nullptr;
    if (device != nullptr) {
        return {ErrorCode::kUnsupported,
                setting + ": found " + device +
                    ", but this version cannot ask it for a report yet; use "
                    "UCX_CRYPTO_ATTESTATION=off with UCX_CRYPTO_DOMAIN_KEY"};
    }
    return {ErrorCode::kNotFound,
            setting +
                ": expected an SEV-SNP guest device (/dev/sev-guest or configfs-tsm), found none; "
                "on a cluster without SEV set UCX_CRYPTO_ATTESTATION=off and "
                "UCX_CRYPTO_DOMAIN_KEY=FILE, for tests make an emulated root with `ucx-crypto init "
                "--emulated DIR`"};
}

Result<std::unique_ptr<Attestation>> create_checked(const Settings& settings) {
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
    return no_device(settings.mode);
}

}  // namespace

Result<std::unique_ptr<Attestation>> Attestation::create(const Settings& settings) {
    try {
        return create_checked(settings);
    } catch (const std::exception& failure) {
        return Error(ErrorCode::kInternal, std::string("attestation: ") + failure.what());
    }
}

}  // namespace ucx_crypto::attest
