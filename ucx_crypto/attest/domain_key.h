// The domain key: 32 secret bytes that the tenant gives to its own machines. A measurement says
// which image runs; the domain key says whose machine it is.
#pragma once

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest {

inline constexpr size_t kDomainKeySize = 32;

/// Exactly 32 raw bytes in a file that its owner alone can read.
Result<SecretBytes> read_domain_key(const std::string& path);

/// Public name of a domain key: HMAC-SHA-256 of a label under the key, which tells nothing about
/// it.
Result<Digest> domain_id(const SecretBytes& domain_key);

}  // namespace ucx_crypto::attest
