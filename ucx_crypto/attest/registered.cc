#include "ucx_crypto/attest/registered.h"

#include <sodium.h>

#include <algorithm>

#include "ucx_crypto/attest/attestation_common.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest {
namespace {

/// Two types that one platform key signs must not stand in for each other.
ReportData typed_report_data(std::string_view type, const Binding& binding) {
    constexpr std::string_view kLabel = "ucx-crypto v1 evidence type";
    const ReportData data = report_data(Mode::kRegistered, binding);
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    for (const ByteView part : {as_bytes(kLabel), as_bytes(type), ByteView(data)}) {
        const auto size = static_cast<uint8_t>(part.size());
        crypto_hash_sha512_update(&state, &size, 1);
        crypto_hash_sha512_update(&state, part.data(), part.size());
    }
    ReportData typed{};
    crypto_hash_sha512_final(&state, typed.data());
    return typed;
}

struct TypedEvidence {
    std::string type;
    Evidence evidence;
};

Result<TypedEvidence> take_apart(const Evidence& evidence) {
    WireReader reader(evidence.report);
    const size_t size = reader.u8();
    const std::string type(as_text(reader.bytes(size)));
    if (!reader.ok() || !is_evidence_type(type)) {
        return Error(ErrorCode::kProtocol,
                     "evidence: expected the name of its type in front, found other bytes");
    }
    return TypedEvidence{type, {to_bytes(reader.bytes(reader.remaining())), evidence.endorsements}};
}

std::string names_of(const std::vector<std::string>& types) {
    std::string names;
    for (const std::string& type : types) {
        names += (names.empty() ? "" : " or ") + type;
    }
    return names;
}

class RegisteredAttestation final : public AttestationCommon {
  public:
    RegisteredAttestation(AppraisalPolicy policy, DomainKey domain,
                          std::shared_ptr<const Registrations> registrations)
        : AttestationCommon(std::move(policy), std::move(domain)),
          registrations_(std::move(registrations)) {}

    Mode mode() const override { return Mode::kRegistered; }
    std::string attester() const override {
        return registrations_->attester_type + ", registered by the program";
    }

    Result<Evidence> attest(const Binding& binding) override {
        const std::string& type = registrations_->attester_type;
        const Evidence made =
            UCX_CRYPTO_TRY(registrations_->attester->attest(typed_report_data(type, binding)));
        Bytes report{static_cast<uint8_t>(type.size())};
        report.insert(report.end(), type.begin(), type.end());
        report.insert(report.end(), made.report.begin(), made.report.end());
        if (made.report.empty() || report.size() > kMaxEvidenceSize ||
            made.endorsements.size() > kMaxEndorsementsSize) {
            return Error(ErrorCode::kInvalidArgument,
                         "attester " + type + ": expected evidence of 1 to " +
                             std::to_string(kMaxEvidenceSize - 1 - type.size()) +
                             " bytes and endorsements of at most " +
                             std::to_string(kMaxEndorsementsSize) + ", found " +
                             std::to_string(made.report.size()) + " and " +
                             std::to_string(made.endorsements.size()));
        }
        return Evidence{std::move(report), made.endorsements};
    }

    Result<Claims> appraise(Mode peer_mode, const Evidence& evidence, const Binding& binding,
                            std::chrono::system_clock::time_point now) override {
        UCX_CRYPTO_TRY(check_peer_mode(peer_mode));
        UCX_CRYPTO_TRY(check_domain(binding));
        UCX_CRYPTO_TRY(check_purpose(binding));
        const TypedEvidence typed = UCX_CRYPTO_TRY(take_apart(evidence));
        // The policy first: a verifier that nobody asked for gets no bytes of a peer's.
        UCX_CRYPTO_TRY(check_type(typed.type));
        const auto verifier = registrations_->verifiers.find(typed.type);
        if (verifier == registrations_->verifiers.end()) {
            return Error(ErrorCode::kUnsupported,
                         "evidence of type " + typed.type +
                             ": expected a verifier that this program has registered, found none");
        }
        auto verified = verifier->second->verify(typed.evidence, now);
        if (!verified.ok()) {
            return std::move(verified).error().in("verifier of type " + typed.type);
        }
        if (verified->report_data != typed_report_data(typed.type, binding)) {
            return Error(ErrorCode::kAuthentication,
                         "evidence of type " + typed.type +
                             ": expected REPORT_DATA of this connection's keys, domain and type, "
                             "found another");
        }
        Claims claims = std::move(verified->claims);
        claims.mode = Mode::kRegistered;
        claims.evidence_type = typed.type;
        UCX_CRYPTO_TRY(policy().accept(claims));
        return claims;
    }

  private:
    Status check_purpose(const Binding& binding) const {
        using Purpose = Binding::Purpose;
        if (policy().channel_binding && binding.purpose != Purpose::kChannel) {
            return Error(ErrorCode::kRefused,
                         "policy key 'channel_binding': expected evidence for this connection, "
                         "found evidence for the process only");
        }
        if (binding.purpose != Purpose::kIdentity && binding.purpose != Purpose::kChannel) {
            return Error(ErrorCode::kRefused,
                         "evidence: expected purpose identity or channel, found another");
        }
        return success();
    }

    Status check_type(const std::string& type) const {
        const auto& types = policy().evidence_types;
        if (std::find(types.begin(), types.end(), type) == types.end()) {
            return Error(ErrorCode::kRefused, "policy key 'evidence_types': expected " +
                                                  names_of(types) + ", found " + type);
        }
        return success();
    }

    const std::shared_ptr<const Registrations> registrations_;
};

}  // namespace

bool is_evidence_type(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    };
    const bool well_formed = !name.empty() && name.size() <= kMaxEvidenceTypeSize &&
                             std::all_of(name.begin(), name.end(), allowed);
    return well_formed && !parse_mode(name).ok();
}

Result<std::unique_ptr<Attestation>> attestation_by_registration(
    AppraisalPolicy policy, DomainKey domain, std::shared_ptr<const Registrations> registrations) {
    const std::string setting = "UCX_CRYPTO_ATTESTATION=registered: ";
    if (policy.evidence_types.empty()) {
        return Error(ErrorCode::kRefused,
                     setting +
                         "expected a policy that names the accepted types in evidence_types, found "
                         "one that names none");
    }
    if (!registrations || !registrations->attester) {
        return Error(ErrorCode::kNotFound, setting +
                                               "expected an attester, found none; the program "
                                               "registers one by ucx_crypto_register_attester() "
                                               "before MPI_Init");
    }
    const bool can_verify = std::any_of(
        policy.evidence_types.begin(), policy.evidence_types.end(),
        [&](const std::string& type) { return registrations->verifiers.contains(type); });
    if (!can_verify) {
        return Error(ErrorCode::kNotFound,
                     setting + "expected a verifier for " + names_of(policy.evidence_types) +
                         " as the policy's evidence_types say, found none; the program registers "
                         "it by ucx_crypto_register_verifier() before MPI_Init");
    }
    if (policy.domain_key_required && domain.key.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     setting +
                         "expected a domain key as the policy requires, found none; set "
                         "UCX_CRYPTO_DOMAIN_KEY");
    }
    return std::unique_ptr<Attestation>(std::make_unique<RegisteredAttestation>(
        std::move(policy), std::move(domain), std::move(registrations)));
}

}  // namespace ucx_crypto::attest
