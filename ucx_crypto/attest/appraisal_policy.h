// What this site accepts of a genuine peer (RFC 9334: appraisal policy for evidence). README.md has
// the keys of the JSON file.
#pragma once

#include <vector>

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest {

struct AppraisalPolicy {
    bool allow_emulated = false;
    bool domain_key_required = false;
    bool channel_binding = false;
    bool allow_debug = false;
    bool allow_migration_agent = false;
    uint32_t max_vmpl = 0;
    std::vector<std::string> products;  ///< empty lists accept everything
    std::vector<Bytes> measurements;    ///< 48 bytes each
    std::vector<Bytes> host_data;       ///< 32 bytes each
    std::vector<Bytes> chip_ids;        ///< 64 bytes each

    /// Strict: unknown keys, wrong types and lengths are errors that name the key.
    static Result<AppraisalPolicy> parse(std::string_view json);
    /// The file, which its owner alone may write; an empty path is the built-in policy.
    static Result<AppraisalPolicy> load(const std::string& path);

    /// SHA-256 of the policy written with every key, in order, without spaces.
    Digest digest() const;

    /// It pins something that only evidence can tell.
    bool needs_evidence() const;

    /// kRefused, with the key that decided, when the policy does not accept the claims.
    Status accept(const Claims& claims) const;
};

}  // namespace ucx_crypto::attest
