#include "ucx_crypto/attest/appraisal_policy.h"

#include <sodium.h>

#include <nlohmann/json.hpp>

namespace ucx_crypto::attest {
namespace {

using Json = nlohmann::json;

Json hex_list(const std::vector<Bytes>& values) {
    Json list = Json::array();
    for (const Bytes& value : values) {
        list.push_back(to_hex(value));
    }
    return list;
}

}  // namespace

std::string_view to_string(RevocationUse use) {
    switch (use) {
        case RevocationUse::kIgnore:
            return "ignore";
        case RevocationUse::kIfPresent:
            return "if-present";
        case RevocationUse::kRequired:
            break;
    }
    return "required";
}

bool AppraisalPolicy::names_the_tenant() const {
    return !chip_ids.empty() || !host_data.empty() || !id_key_digests.empty() ||
           !author_key_digests.empty();
}

bool AppraisalPolicy::needs_evidence() const {
    return names_the_tenant() || !measurements.empty() || !tcb_floor.empty() || !products.empty() ||
           !allow_smt || channel_binding || crl == RevocationUse::kRequired ||
           crl_max_age_days != 0 || !evidence_types.empty() || !agent_uids.empty();
}

std::string AppraisalPolicy::canonical() const {
    const Json all = {
        {"agent_uids", agent_uids},
        {"allow_agent", allow_agent},
        {"allow_debug", allow_debug},
        {"allow_emulated", allow_emulated},
        {"allow_migration_agent", allow_migration_agent},
        {"allow_paravisor", allow_paravisor},
        {"allow_smt", allow_smt},
        {"author_key_digests", hex_list(author_key_digests)},
        {"channel_binding", channel_binding},
        {"chip_ids", hex_list(chip_ids)},
        {"crl", to_string(crl)},
        {"crl_max_age_days", crl_max_age_days},
        {"domain_key_required", domain_key_required},
        {"evidence_types", evidence_types},
        {"host_data", hex_list(host_data)},
        {"id_key_digests", hex_list(id_key_digests)},
        {"measurements", hex_list(measurements)},
        {"products", products},
        {"tcb_floor", Json(tcb_floor)},
        {"vmpl", vmpl},
    };
    return all.dump();
}

Digest AppraisalPolicy::digest() const {
    const std::string text = canonical();
    Digest digest{};
    crypto_hash_sha256(digest.data(), as_bytes(text).data(), text.size());
    return digest;
}

}  // namespace ucx_crypto::attest
