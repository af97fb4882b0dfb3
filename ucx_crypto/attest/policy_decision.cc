// What a policy decides about claims, key by key.
#include <algorithm>

#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/attest/snp/tcb.h"

namespace ucx_crypto::attest {
namespace {

using Outcome = Check::Outcome;

Check passed(const std::string& key, const std::string& found) {
    return {key, Outcome::kPassed, "found " + found};
}

Check skipped(const std::string& key, const std::string& why) {
    return {key, Outcome::kSkipped, why};
}

Check compared(const std::string& key, bool accepted, const std::string& expected,
               const std::string& found) {
    return accepted ? passed(key, found)
                    : Check{key, Outcome::kFailed, "expected " + expected + ", found " + found};
}

/// A property that the policy may allow.
Check unless_allowed(const std::string& key, bool allowed, bool has_it, const std::string& without,
                     const std::string& with) {
    if (allowed) {
        return skipped(key, "allowed; found " + (has_it ? with : without));
    }
    return compared(key, !has_it, without, has_it ? with : without);
}

template <typename Value>
bool contains(const std::vector<Value>& list, const Value& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

Check one_of(const std::string& key, const std::vector<Bytes>& accepted, const Bytes& value) {
    const std::string found = value.empty() ? "none" : to_hex(value);
    if (accepted.empty()) {
        return skipped(key, "any accepted; found " + found);
    }
    return compared(
        key, contains(accepted, value),
        accepted.size() == 1 ? to_hex(accepted[0]) : "one of " + std::to_string(accepted.size()),
        found);
}

Check check_products(const std::vector<std::string>& accepted, const std::string& product) {
    if (accepted.empty()) {
        return skipped("products", "any accepted; found " + product);
    }
    std::string names;
    for (const std::string& each : accepted) {
        names += (names.empty() ? "" : " or ") + each;
    }
    return compared("products", contains(accepted, product), names, product);
}

/// Built-in evidence has a mode of its own, so that a list never shuts it out; a registered type is
/// accepted only by name.
Check check_evidence_type(const std::vector<std::string>& accepted, const Claims& claims) {
    if (claims.mode != Mode::kRegistered) {
        return skipped("evidence_types", "built-in evidence");
    }
    std::string names;
    for (const std::string& each : accepted) {
        names += (names.empty() ? "" : " or ") + each;
    }
    return compared("evidence_types", contains(accepted, claims.evidence_type),
                    names.empty() ? "built-in evidence" : names, claims.evidence_type);
}

/// The host may steer the guest's clock: a list from the future is no better than an old one.
Check check_revocation(const AppraisalPolicy& policy, const Claims& claims) {
    using State = RevocationStatus::State;
    const RevocationStatus& found = claims.revocation;
    const bool required = policy.crl == RevocationUse::kRequired;
    const auto failed = [](const std::string& expected, const std::string& what) {
        return Check{"crl", Outcome::kFailed, "expected " + expected + ", found " + what};
    };
    if (policy.crl == RevocationUse::kIgnore) {
        return skipped("crl", "ignored");
    }
    switch (found.state) {
        case State::kRevoked:
            return failed("endorsements that no list revokes", found.detail);
        case State::kInvalid:
            return failed("lists of the chain's issuers to be genuine", found.detail);
        case State::kUnknown:
            return required ? failed("a list by the chain's root in the endorsement store",
                                     "none; run `ucx-crypto endorsements fetch --crl`")
                            : skipped("crl", "no list in the endorsement store");
        case State::kListed:
            break;
    }
    const auto days = std::chrono::duration_cast<std::chrono::hours>(found.age).count() / 24;
    const std::string what = found.detail + ", issued " + std::to_string(days) + " days ago";
    const bool too_old =
        policy.crl_max_age_days != 0 &&
        (found.age > std::chrono::hours(24) * policy.crl_max_age_days || found.age.count() < 0);
    if (too_old || (required && found.outdated)) {
        return failed(too_old ? "a list of at most " + std::to_string(policy.crl_max_age_days) +
                                    " days of age"
                              : "a list that is current",
                      what + (found.outdated ? " and not current" : ""));
    }
    return passed("crl", what);
}

Check check_vmpl(const std::vector<uint32_t>& accepted, uint32_t vmpl) {
    std::string levels;
    for (const uint32_t level : accepted) {
        levels += (levels.empty() ? "" : " or ") + std::to_string(level);
    }
    return compared("vmpl", contains(accepted, vmpl), levels, std::to_string(vmpl));
}

/// Each component, of the TCB that the report was signed under and of the one that the guest was
/// started under: a host may not start a guest on old firmware and update afterwards.
Check check_tcb_floor(const std::map<std::string, TcbFloor>& floors, const Claims& claims) {
    const auto floor = floors.find(claims.product);
    if (floor == floors.end() || floor->second.empty()) {
        return skipped("tcb_floor", "none for " + claims.product);
    }
    const auto product = snp::parse_product(claims.product);
    if (!product) {
        return compared("tcb_floor", false, "a known product", claims.product);
    }
    Check check{"tcb_floor", Outcome::kPassed, "", {}};
    const std::pair<const char*, snp::Tcb> tcbs[] = {
        {"reported TCB", snp::Tcb::of(*product, claims.reported_tcb)},
        {"launch TCB", snp::Tcb::of(*product, claims.launch_tcb)}};
    for (const auto& [name, tcb] : tcbs) {
        for (const auto& [component, lowest] : floor->second) {
            check.children.push_back(
                compared("tcb_floor." + claims.product + "." + component,
                         tcb.level(component) >= lowest, "at least " + std::to_string(lowest),
                         std::to_string(tcb.level(component)) + " in the " + name));
        }
    }
    check.outcome = outcome_of(check.children);
    return check;
}

Check check_agent_uids(const std::vector<uint32_t>& accepted,
                       const std::optional<uint32_t>& agent_uid) {
    if (!agent_uid) {
        return skipped("agent_uids", "the process has a report of its own");
    }
    const std::string found = "user " + std::to_string(*agent_uid);
    if (accepted.empty()) {
        return skipped("agent_uids", "any accepted; found " + found);
    }
    return compared("agent_uids", contains(accepted, *agent_uid),
                    accepted.size() == 1 ? "user " + std::to_string(accepted[0])
                                         : "one of " + std::to_string(accepted.size()) + " users",
                    found);
}

}  // namespace

std::vector<Check> AppraisalPolicy::examine(const Claims& claims) const {
    const auto has = [&claims](uint64_t bit) { return (claims.guest_policy & bit) != 0; };
    const bool smt = has(snp::kPolicySmt) || (claims.platform_info & snp::kPlatformSmt) != 0;
    return {
        unless_allowed("allow_emulated", allow_emulated, claims.emulated, "a real TEE",
                       "emulated evidence"),
        unless_allowed("allow_agent", allow_agent, claims.agent_uid.has_value(),
                       "a report of the process's own", "one that its node's agent shares out"),
        check_agent_uids(agent_uids, claims.agent_uid),
        unless_allowed("allow_paravisor", allow_paravisor, claims.paravisor,
                       "data in the report itself", "data that the guest's paravisor vouches for"),
        check_evidence_type(evidence_types, claims),
        check_products(products, claims.product),
        check_vmpl(vmpl, claims.vmpl),
        unless_allowed("allow_debug", allow_debug, has(snp::kPolicyDebug),
                       "a guest policy without DEBUG", "one with DEBUG"),
        unless_allowed("allow_migration_agent", allow_migration_agent,
                       has(snp::kPolicyMigrationAgent), "a guest policy without MIGRATE_MA",
                       "one with MIGRATE_MA"),
        unless_allowed("allow_smt", allow_smt, smt, "guest and platform without SMT",
                       "a guest or platform with SMT"),
        check_revocation(*this, claims),
        check_tcb_floor(tcb_floor, claims),
        one_of("measurements", measurements, claims.measurement),
        one_of("id_key_digests", id_key_digests, claims.id_key_digest),
        one_of("author_key_digests", author_key_digests, claims.author_key_digest),
        one_of("host_data", host_data, claims.host_data),
        one_of("chip_ids", chip_ids, claims.chip_id),
    };
}

Status AppraisalPolicy::accept(const Claims& claims) const {
    const std::vector<Check> checks = examine(claims);
    const Check* failure = first_failure(checks);
    if (failure == nullptr) {
        return success();
    }
    return Error(ErrorCode::kRefused, "the peer's evidence is genuine, but policy key '" +
                                          failure->name + "' refuses it: " + failure->detail);
}

}  // namespace ucx_crypto::attest
