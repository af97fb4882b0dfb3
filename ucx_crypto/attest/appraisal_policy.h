// AppraisalPolicy: which genuine evidence a site accepts.
#pragma once

#include <map>
#include <vector>

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest {

/// Lowest security patch levels by component name (boot_loader, tee, snp, microcode, fmc).
using TcbFloor = std::map<std::string, uint8_t>;

/// Plain values; an empty list accepts every value. Defaults are the built-in policy.
struct AppraisalPolicy {
    bool allow_emulated = false;
    std::vector<Bytes> measurements;            ///< 48 bytes each
    std::vector<Bytes> host_data;               ///< 32 bytes each
    std::vector<Bytes> chip_ids;                ///< 64 bytes each
    std::vector<uint32_t> vmpl = {0};           ///< never empty, 0 to 3
    bool allow_debug = false;                   ///< guest policy DEBUG
    bool allow_migration_agent = false;         ///< guest policy MIGRATE_MA
    std::map<std::string, TcbFloor> tcb_floor;  ///< by product
    std::vector<std::string> products;          ///< Milan, Genoa, Turin
    bool channel_binding = false;               ///< a report per connection
    bool domain_key_required = true;

    /// Parses JSON text; `name` is the file's name in messages. Unknown and repeated keys are
    /// refused, and an error names the key (kInvalidArgument).
    static Result<AppraisalPolicy> parse(std::string_view text, const std::string& name);
    /// Reads a file that group and others cannot write; an empty path is the built-in policy.
    static Result<AppraisalPolicy> load(const std::string& path);

    /// Whether it asks for anything that only evidence can show.
    bool needs_evidence() const;
    /// kRefused, naming the key that decides, when genuine evidence is not accepted.
    Status accept(const Claims& claims) const;
    /// The policy with every default spelled out, keys and lists sorted, without white space.
    std::string canonical() const;
    /// SHA-256 of canonical().
    Digest digest() const;
};

}  // namespace ucx_crypto::attest
