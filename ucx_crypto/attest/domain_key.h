// The domain key: a secret file that makes a process a member of its tenant's jobs.
#pragma once

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest {

inline constexpr size_t kDomainKeySize = 32;

struct DomainKey {
    SecretBytes key;  ///< kDomainKeySize bytes
    Digest id{};      ///< public: SHA-256 over a label and a value derived from the key by HKDF
};

/// Reads a file of exactly 32 raw bytes that nobody else can read (mode 0600, not a link).
Result<DomainKey> load_domain_key(const std::string& path);

/// The public identifier of `key`; tells keys apart without telling anything else about them.
Result<Digest> domain_id_of(const SecretBytes& key);

}  // namespace ucx_crypto::attest
