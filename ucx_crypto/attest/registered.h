// Mode registered: attesters and verifiers that the program has brought (include/ucx_crypto).
#pragma once

#include <map>
#include <string_view>

#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/attester.h"
#include "ucx_crypto/attest/domain_key.h"

namespace ucx_crypto::attest {

inline constexpr size_t kMaxEvidenceTypeSize = 32;

/// 1 to kMaxEvidenceTypeSize characters out of a-z, 0-9, '.', '_' and '-', and no mode's name.
bool is_evidence_type(std::string_view name);

/// Evidence that was found genuine, and what it carries.
struct VerifiedEvidence {
    ReportData report_data{};
    Claims claims;
};

/// Knows one type of evidence. Called from any thread.
class EvidenceVerifier {
  public:
    virtual ~EvidenceVerifier() = default;
    /// It is not told which REPORT_DATA is expected, so that it cannot forget to compare.
    virtual Result<VerifiedEvidence> verify(const Evidence& evidence,
                                            std::chrono::system_clock::time_point now) const = 0;
};

/// What a program has registered; immutable.
struct Registrations {
    std::string attester_type;
    std::shared_ptr<Attester> attester;
    std::map<std::string, std::shared_ptr<const EvidenceVerifier>, std::less<>> verifiers;
};

/// An attestation of mode registered. kNotFound without an attester or without a verifier for any
/// type that the policy names, kRefused for a policy that names none, kInvalidArgument without the
/// domain key that it requires.
///
/// Evidence is sent as the size of the type's name (1 byte), the name, and what the attester made.
/// Its REPORT_DATA is SHA-512 over the type and the one of every mode (report_data()).
Result<std::unique_ptr<Attestation>> attestation_by_registration(
    AppraisalPolicy policy, DomainKey domain, std::shared_ptr<const Registrations> registrations);

}  // namespace ucx_crypto::attest
