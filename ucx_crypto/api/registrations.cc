#include "ucx_crypto/api/registrations.h"

#include "ucx_crypto/api/convert.h"

namespace ucx_crypto::api {
namespace {

constexpr size_t kReasonSize = 512;

Error failed(const std::string& what, ucx_crypto_status_t status,
             const std::array<char, kReasonSize>& reason) {
    const size_t size = strnlen(reason.data(), reason.size());
    // What has closed for the program is not the connection on which its answer is waited for.
    const ErrorCode code = to_error_code(status);
    return {code == ErrorCode::kClosed ? ErrorCode::kIo : code,
            what + ": " + (size == 0 ? "it gave no reason" : std::string(reason.data(), size)) +
                " (" + std::string(to_string(code)) + ")"};
}

class ProgramsAttester final : public attest::Attester {
  public:
    ProgramsAttester(std::string type, const ucx_crypto_attester_t& callbacks, void* context)
        : type_(std::move(type)), callbacks_(callbacks), context_(context) {}

    std::string description() const override { return type_; }

    Result<attest::Evidence> attest(const attest::ReportData& data) override try {
        attest::Evidence evidence{Bytes(attest::kMaxEvidenceSize),
                                  Bytes(attest::kMaxEndorsementsSize)};
        ucx_crypto_evidence_buffer_t buffer{};
        buffer.struct_size = sizeof buffer;
        buffer.report = evidence.report.data();
        buffer.report_capacity = evidence.report.size() - 1 - type_.size();
        buffer.endorsements = evidence.endorsements.data();
        buffer.endorsements_capacity = evidence.endorsements.size();
        std::array<char, kReasonSize> reason{};
        const ucx_crypto_status_t status =
            callbacks_.attest(context_, data.data(), &buffer, reason.data(), reason.size());
        if (status != UCX_CRYPTO_OK) {
            return failed("attester " + type_, status, reason);
        }
        if (buffer.report_size > buffer.report_capacity ||
            buffer.endorsements_size > buffer.endorsements_capacity) {
            return Error(ErrorCode::kInternal,
                         "attester " + type_ + ": expected sizes within the buffers, found more");
        }
        evidence.report.resize(buffer.report_size);
        evidence.endorsements.resize(buffer.endorsements_size);
        return evidence;
    } catch (const std::exception& failure) {
        return Error(ErrorCode::kInternal, "attester " + type_ + ": " + failure.what());
    }

  private:
    const std::string type_;
    const ucx_crypto_attester_t callbacks_;
    void* const context_;
};

class ProgramsVerifier final : public attest::EvidenceVerifier {
  public:
    ProgramsVerifier(const ucx_crypto_verifier_t& callbacks, void* context)
        : callbacks_(callbacks), context_(context) {}

    Result<attest::VerifiedEvidence> verify(
        const attest::Evidence& evidence, std::chrono::system_clock::time_point now) const override
        try {
        const ucx_crypto_evidence_t given{sizeof given, evidence.report.data(),
                                          evidence.report.size(), evidence.endorsements.data(),
                                          evidence.endorsements.size()};
        attest::VerifiedEvidence verified;
        ucx_crypto_claims_t claims{};
        claims.struct_size = sizeof claims;
        std::array<char, kReasonSize> reason{};
        const auto time =
            std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
        const ucx_crypto_status_t status =
            callbacks_.verify(context_, &given, time, verified.report_data.data(), &claims,
                              reason.data(), reason.size());
        if (status != UCX_CRYPTO_OK) {
            return failed("it refused", status, reason);
        }
        verified.claims = UCX_CRYPTO_TRY(from_c(claims));
        return verified;
    } catch (const std::exception& failure) {
        return Error(ErrorCode::kInternal, failure.what());
    }

  private:
    const ucx_crypto_verifier_t callbacks_;
    void* const context_;
};

/// What a visit collects; exceptions stay here, since the visit goes through C.
struct Collection {
    attest::Registrations registrations;
    Taken taken;
    bool failed = false;

    template <typename Function>
    void collect(Function function) {
        try {
            function();
        } catch (const std::bad_alloc&) {
            failed = true;
        }
    }
};

}  // namespace

Result<Taken> take_from(const Registry* registry) {
    if (registry == nullptr) {
        return Taken{};
    }
    if (registry->version != kBridgeVersion) {
        return Error(ErrorCode::kUnsupported,
                     std::string("expected ") + kLibrary +
                         " of this transport's version, found one of another; use both from one "
                         "installation");
    }
    Collection all;
    const RegistryVisitor visitor{
        &all,
        [](void* to, const char* type, const ucx_crypto_attester_t* attester, void* context) {
            auto& found = *static_cast<Collection*>(to);
            found.collect([&] {
                found.registrations.attester_type = type;
                found.registrations.attester =
                    std::make_shared<ProgramsAttester>(type, *attester, context);
            });
        },
        [](void* to, const char* type, const ucx_crypto_verifier_t* verifier, void* context) {
            auto& found = *static_cast<Collection*>(to);
            found.collect([&] {
                found.registrations.verifiers.emplace(
                    type, std::make_shared<const ProgramsVerifier>(*verifier, context));
            });
        },
        [](void* to, const char* name, const char* text, size_t size) {
            auto& found = *static_cast<Collection*>(to);
            found.collect([&] {
                found.taken.policy_name = name;
                found.taken.policy_text.assign(text, size);
            });
        }};
    registry->take(&visitor);
    if (all.failed) {
        return Error(ErrorCode::kExhausted, "registrations: out of memory");
    }
    all.taken.registrations =
        std::make_shared<const attest::Registrations>(std::move(all.registrations));
    return std::move(all.taken);
}

Status fill_in(attest::Settings& settings) {
    static const Result<Taken> taken = [] {
        auto* const function =
            reinterpret_cast<RegistryFunction>(find_loaded(kLibrary, kRegistrySymbol));
        return take_from(function == nullptr ? nullptr : function());
    }();
    if (!taken.ok()) {
        return taken.error();
    }
    settings.registrations = taken->registrations;
    if (taken->policy_text.empty()) {
        return success();
    }
    if (!settings.policy_path.empty() && settings.policy_path != taken->policy_name) {
        return Error(ErrorCode::kRefused, "policy " + taken->policy_name +
                                              " of the program: expected UCX_CRYPTO_POLICY to name "
                                              "it or none, found " +
                                              settings.policy_path);
    }
    settings.policy_path = taken->policy_name;
    settings.policy_text = taken->policy_text;
    return success();
}

}  // namespace ucx_crypto::api
