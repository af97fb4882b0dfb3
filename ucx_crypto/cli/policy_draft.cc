#include "ucx_crypto/cli/policy_draft.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ucx_crypto/attest/snp/tcb.h"

namespace ucx_crypto::cli {
namespace {

using Json = nlohmann::ordered_json;

/// A list with the value; nothing for a field that was not set.
void add(Json& policy, const char* key, const Bytes& value) {
    if (std::any_of(value.begin(), value.end(), [](uint8_t byte) { return byte != 0; })) {
        policy[key] = {to_hex(value)};
    }
}

/// The lower of what the guest was started under and what signs its reports.
Json floor_of(attest::snp::Product product, const attest::Claims& claims) {
    const auto reported = attest::snp::Tcb::of(product, claims.reported_tcb);
    const auto launch = attest::snp::Tcb::of(product, claims.launch_tcb);
    Json floor = Json::object();
    for (const char* component : {"fmc", "boot_loader", "tee", "snp", "microcode"}) {
        if (std::string(component) != "fmc" || product == attest::snp::Product::kTurin) {
            floor[component] = std::min(reported.level(component), launch.level(component));
        }
    }
    return floor;
}

}  // namespace

Result<PolicyDraft> draft_policy(const attest::Claims& claims, bool pin_chip) {
    Json policy = Json::object();
    policy["products"] = {claims.product};
    policy["vmpl"] = {claims.vmpl};
    if (const auto product = attest::snp::parse_product(claims.product)) {
        policy["tcb_floor"] = {{claims.product, floor_of(*product, claims)}};
    }
    if (claims.paravisor) {
        policy["allow_paravisor"] = true;
    }
    add(policy, "measurements", claims.measurement);
    add(policy, "id_key_digests", claims.id_key_digest);
    add(policy, "author_key_digests", claims.author_key_digest);
    add(policy, "host_data", claims.host_data);
    if (pin_chip) {
        add(policy, "chip_ids", claims.chip_id);
    }
    PolicyDraft draft;
    draft.text = policy.dump(2) + "\n";
    const auto parsed =
        UCX_CRYPTO_TRY(attest::AppraisalPolicy::parse(draft.text, "made of this report"));
    const auto checks = parsed.examine(claims);
    if (const auto* failure = attest::first_failure(checks); failure != nullptr) {
        draft.notes.push_back("the policy refuses this very report by key '" + failure->name +
                              "': " + failure->detail);
    }
    return draft;
}

}  // namespace ucx_crypto::cli
