// AppraisalPolicy: which genuine evidence a site accepts.
#pragma once

#include <map>
#include <vector>

#include "ucx_crypto/attest/attestation.h"
#include "ucx_crypto/attest/check.h"

namespace ucx_crypto::attest {

/// Lowest security patch levels by component name (boot_loader, tee, snp, microcode, fmc).
using TcbFloor = std::map<std::string, uint8_t>;

/// What a policy wants of certificate revocation lists.
enum class RevocationUse : uint8_t {
    kIgnore,
    kIfPresent,  ///< what a list revokes is refused; without one there is nothing to say
    kRequired,   ///< there must be a current list by the chain's root
};

std::string_view to_string(RevocationUse use);

/// Plain values; an empty list accepts every value. Defaults are the built-in policy.
/// Fields of the report: AMD document 56860, table "ATTESTATION_REPORT Structure".
struct AppraisalPolicy {
    bool allow_emulated = false;
    std::vector<std::string> products;          ///< Milan, Genoa, Turin
    std::vector<uint32_t> vmpl = {0};           ///< never empty, 0 to 3
    bool allow_debug = false;                   ///< guest policy DEBUG
    bool allow_migration_agent = false;         ///< guest policy MIGRATE_MA
    bool allow_smt = true;                      ///< guest policy SMT, platform's SMT_EN
    std::map<std::string, TcbFloor> tcb_floor;  ///< by product, for reported and launch TCB
    std::vector<Bytes> measurements;            ///< 48 bytes each
    std::vector<Bytes> id_key_digests;          ///< 48 bytes each
    std::vector<Bytes> author_key_digests;      ///< 48 bytes each
    std::vector<Bytes> host_data;               ///< 32 bytes each
    std::vector<Bytes> chip_ids;                ///< 64 bytes each
    bool allow_agent = false;                   ///< evidence of a node's agent
    bool allow_paravisor = false;               ///< data that a paravisor vouches for
    std::vector<uint32_t> agent_uids;           ///< users for whom an agent may vouch
    RevocationUse crl = RevocationUse::kIfPresent;
    uint32_t crl_max_age_days = 0;            ///< of a list that is there; 0: any
    std::vector<std::string> evidence_types;  ///< registered ones; empty: none
    bool channel_binding = false;             ///< a report per connection
    bool domain_key_required = true;

    /// Parses JSON text; `name` is the file's name in messages. Unknown and repeated keys are
    /// refused, and an error names line and key (kInvalidArgument).
    static Result<AppraisalPolicy> parse(std::string_view text, const std::string& name);
    /// Reads a file that group and others cannot write; an empty path is the built-in policy.
    static Result<AppraisalPolicy> load(const std::string& path);
    /// The text of such a file.
    static Result<std::string> read(const std::string& path);

    /// Whether it asks for anything that only evidence can show.
    bool needs_evidence() const;
    /// Whether evidence that it accepts says whose VM it is, and not only which image it runs.
    bool names_the_tenant() const;

    /// What each key decides about genuine evidence, in a fixed order and named as the keys are.
    /// Keys that cannot refuse these claims are skipped. channel_binding and domain_key_required
    /// are not claims: the connection checks them.
    std::vector<Check> examine(const Claims& claims) const;
    /// kRefused with the first failure of examine().
    Status accept(const Claims& claims) const;

    /// The policy with every default spelled out, keys and lists sorted, without white space.
    std::string canonical() const;
    /// SHA-256 of canonical(): what peers compare.
    Digest digest() const;
};

}  // namespace ucx_crypto::attest
