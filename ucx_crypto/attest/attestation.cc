#include "ucx_crypto/attest/attestation.h"

#include <unistd.h>

#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/domain_key.h"

namespace ucx_crypto::attest {
namespace {

constexpr std::array<std::string_view, 4> kModeNames{"auto", "off", "snp", "emulated"};

/// Mode off: no evidence, so membership rests on the domain key alone.
class DomainKeyOnly final : public Attestation {
  public:
    DomainKeyOnly(AppraisalPolicy policy, SecretBytes domain_key, const Digest& id)
        : policy_(std::move(policy)), domain_key_(std::move(domain_key)), domain_id_(id) {}

    Mode mode() const override { return Mode::kOff; }
    Digest policy_digest() const override { return policy_.digest(); }
    Digest domain_id() const override { return domain_id_; }
    bool requires_channel_binding() const override { return false; }
    const SecretBytes* domain_key() const override { return &domain_key_; }

    Result<Evidence> attest(const Binding&) override { return Evidence{}; }

    Result<Claims> appraise(Mode peer_mode, const Evidence& evidence, const Binding& binding,
                            std::chrono::system_clock::time_point) override {
        if (peer_mode != Mode::kOff) {
            return Error(ErrorCode::kRefused,
                         "expected a peer with UCX_CRYPTO_ATTESTATION=off like ours, found " +
                             std::string(to_string(peer_mode)));
        }
        if (!evidence.report.empty() || !evidence.endorsements.empty()) {
            return Error(ErrorCode::kProtocol, "expected no evidence in mode off, found some");
        }
        if (binding.domain_id != domain_id_) {
            return Error(ErrorCode::kAuthentication, "expected a peer of our domain");
        }
        return Claims{};
    }

  private:
    AppraisalPolicy policy_;
    SecretBytes domain_key_;
    Digest domain_id_;
};

bool has_guest_device() {
    return ::access("/dev/sev-guest", F_OK) == 0 ||
           ::access("/sys/kernel/config/tsm/report", F_OK) == 0;
}

Result<std::unique_ptr<Attestation>> create_off(const Settings& settings, AppraisalPolicy policy) {
    if (settings.domain_key_path.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "UCX_CRYPTO_ATTESTATION=off: expected a domain key, found none: set "
                     "UCX_CRYPTO_DOMAIN_KEY to the path of a 32-byte key file that all nodes have");
    }
    if (policy.needs_evidence()) {
        return Error(ErrorCode::kRefused, "UCX_CRYPTO_ATTESTATION=off, but the policy " +
                                              settings.policy_path +
                                              " pins what only evidence can tell");
    }
    SecretBytes key = UCX_CRYPTO_TRY(read_domain_key(settings.domain_key_path));
    const Digest id = UCX_CRYPTO_TRY(domain_id(key));
    return std::unique_ptr<Attestation>(
        std::make_unique<DomainKeyOnly>(std::move(policy), std::move(key), id));
}

}  // namespace

std::string_view to_string(Mode mode) {
    return kModeNames[static_cast<size_t>(mode)];
}

Result<Mode> parse_mode(std::string_view name) {
    for (size_t i = 0; i < kModeNames.size(); ++i) {
        if (kModeNames[i] == name) {
            return static_cast<Mode>(i);
        }
    }
    return Error(ErrorCode::kInvalidArgument,
                 "UCX_CRYPTO_ATTESTATION: expected auto, snp, emulated or off, found \"" +
                     std::string(name) + "\"");
}

Result<std::unique_ptr<Attestation>> Attestation::create(const Settings& settings) {
    AppraisalPolicy policy = UCX_CRYPTO_TRY(AppraisalPolicy::load(settings.policy_path));
    switch (settings.mode) {
        case Mode::kOff:
            return create_off(settings, std::move(policy));
        case Mode::kEmulated:
            return Error(ErrorCode::kUnsupported,
                         "UCX_CRYPTO_ATTESTATION=emulated: this build has no software SNP; use off "
                         "with a domain key");
        case Mode::kAuto:
        case Mode::kSnp:
            break;
    }
    if (has_guest_device()) {
        return Error(ErrorCode::kUnsupported,
                     "this machine has an SEV-SNP guest device, which this version cannot use yet: "
                     "use UCX_CRYPTO_ATTESTATION=off with a domain key");
    }
    return Error(ErrorCode::kNotFound,
                 "UCX_CRYPTO_ATTESTATION=" + std::string(to_string(settings.mode)) +
                     ": expected an SEV-SNP guest device (/dev/sev-guest), found none. On machines "
                     "without SEV-SNP, set UCX_CRYPTO_ATTESTATION=off and UCX_CRYPTO_DOMAIN_KEY to "
                     "the path of a key file");
}

}  // namespace ucx_crypto::attest
