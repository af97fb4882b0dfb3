// Appraisal policies: JSON text.
#include <algorithm>

#include "tests/fuzz/target.h"
#include "ucx_crypto/attest/appraisal_policy.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace attest;

/// Claims that the policy names, where it names any.
Claims wanted(const AppraisalPolicy& policy) {
    const auto first = [](const std::vector<Bytes>& list, size_t size) {
        return list.empty() ? Bytes(size) : list.front();
    };
    Claims claims;
    claims.mode = Mode::kSnp;
    claims.product = policy.products.empty() ? "Milan" : policy.products.front();
    claims.measurement = first(policy.measurements, 48);
    claims.id_key_digest = first(policy.id_key_digests, 48);
    claims.author_key_digest = first(policy.author_key_digests, 48);
    claims.host_data = first(policy.host_data, 32);
    claims.chip_id = first(policy.chip_ids, 64);
    claims.guest_policy = uint64_t{1} << 17;
    claims.reported_tcb = claims.launch_tcb = UINT64_MAX;
    claims.vmpl = policy.vmpl.front();
    return claims;
}

void check_decision(const AppraisalPolicy& policy, const Claims& claims) {
    const std::vector<Check> checks = policy.examine(claims);
    const Status accepted = policy.accept(claims);
    UCX_CRYPTO_PROMISE(accepted.ok() == (first_failure(checks) == nullptr));
    UCX_CRYPTO_PROMISE(accepted.ok() || accepted.error().code() == ErrorCode::kRefused);
}

}  // namespace

void one_input(ByteView input) {
    const auto policy = AppraisalPolicy::parse(as_text(input), "NAME");
    if (!policy.ok()) {
        UCX_CRYPTO_PROMISE(policy.error().code() == ErrorCode::kInvalidArgument);
        UCX_CRYPTO_PROMISE(policy.error().message().starts_with("policy NAME: "));
        return;
    }
    UCX_CRYPTO_PROMISE(!AppraisalPolicy::parse(std::string(as_text(input)) + '\0' + "{", "").ok());
    const std::string canonical = policy->canonical();
    const auto again = AppraisalPolicy::parse(canonical, "canonical");
    UCX_CRYPTO_PROMISE(again.ok());
    UCX_CRYPTO_PROMISE(again->canonical() == canonical && again->digest() == policy->digest());
    UCX_CRYPTO_PROMISE(!policy->vmpl.empty() && policy->vmpl.back() <= 3);
    UCX_CRYPTO_PROMISE(policy->domain_key_required || policy->names_the_tenant());

    const Claims claims = wanted(*policy);
    check_decision(*policy, claims);
    UCX_CRYPTO_PROMISE(policy->accept(claims).ok());
    const auto refuses = [&policy](const Claims& other) {
        check_decision(*policy, other);
        return !policy->accept(other).ok();
    };
    Claims other = claims;
    other.emulated = true;
    UCX_CRYPTO_PROMISE(refuses(other) == !policy->allow_emulated);
    other = claims;
    other.guest_policy |= uint64_t{1} << 19;
    UCX_CRYPTO_PROMISE(refuses(other) == !policy->allow_debug);
    other = claims;
    other.guest_policy |= uint64_t{1} << 18;
    UCX_CRYPTO_PROMISE(refuses(other) == !policy->allow_migration_agent);
    other = claims;
    other.vmpl = 4;
    UCX_CRYPTO_PROMISE(refuses(other));
    other = claims;
    other.measurement[0] ^= 1;
    const auto& known = policy->measurements;
    UCX_CRYPTO_PROMISE(refuses(other) ==
                       (!known.empty() &&
                        std::find(known.begin(), known.end(), other.measurement) == known.end()));
}

std::vector<Bytes> seeds() {
    const std::string digest48(96, 'a');
    const std::string digest64(128, 'B');
    const std::string texts[] = {
        "{}",
        R"({"allow_emulated": true})",
        R"({"products": ["Milan", "Genoa", "Turin"], "vmpl": [0, 3], "allow_smt": false})",
        R"({"allow_debug": true, "allow_migration_agent": true, "channel_binding": true})",
        R"({"vmpl": 2, "measurements": [")" + digest48 + R"("]})",
        R"({"id_key_digests": [")" + digest48 + R"("]})",
        R"({"tcb_floor": {"Turin": {"fmc": 1, "snp": 255}, "Milan": {"boot_loader": 4}}})",
        R"({"tcb_floor": {"Genoa": {"tee": 0, "snp": 24, "microcode": 200}}})",
        R"({"domain_key_required": false, "chip_ids": [")" + digest64 + R"("]})",
        R"({"host_data": [")" + digest64.substr(64) + R"("]})",
        R"({"author_key_digests": [")" + digest48 + R"("]})",
        "{\n\"vmpl\": 0,\n\"vmpl\": 1}",
        R"({"measurements": [{"a": {"b": [1.5e300, -1, null, "\u0000\ud800"]}}]})",
        R"({"vmpl": )" + std::string(500, '[') + std::string(500, ']') + "}",
    };
    std::vector<Bytes> all;
    for (const std::string& text : texts) {
        all.push_back(to_bytes(as_bytes(text)));
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
