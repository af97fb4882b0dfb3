// Makes the root of a software SNP, for tests and clusters without SEV. Library
// ucx_crypto_emulated_init; nothing of the transport links it.
#pragma once

#include <string>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::attest::emulated {

inline constexpr char kEndorsementsFile[] = "endorsements.bin";
inline constexpr char kKeyFile[] = "vcek.key";
inline constexpr char kPolicyFile[] = "policy.json";
inline constexpr char kDomainKeyFile[] = "domain.key";

struct InitResult {
    std::string directory;
    std::string policy;
    std::string domain_key;
};

/// Makes `directory` (0700; it may exist if it is this user's and closed to others) and in it, with
/// mode 0600: a chain ARK -> ASK -> VCEK with AMD's formats, the VCEK's key, a policy that accepts
/// emulated evidence, a domain key. The keys of ARK and ASK are forgotten. Existing files are never
/// overwritten.
Result<InitResult> create_root(const std::string& directory);

}  // namespace ucx_crypto::attest::emulated
