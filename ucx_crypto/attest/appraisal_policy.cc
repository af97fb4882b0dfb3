#include "ucx_crypto/attest/appraisal_policy.h"

#include <openssl/sha.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ucx_crypto/attest/file.h"

namespace ucx_crypto::attest {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kPolicyMigrationAgent = uint64_t{1} << 18;
constexpr uint64_t kPolicyDebug = uint64_t{1} << 19;

Error wrong(const std::string& key, std::string_view expected) {
    return {ErrorCode::kInvalidArgument,
            "policy key \"" + key + "\": expected " + std::string(expected)};
}

Status read(const std::string& key, const Json& value, bool& out) {
    if (!value.is_boolean()) {
        return wrong(key, "true or false");
    }
    out = value.get<bool>();
    return success();
}

Status read(const std::string& key, const Json& value, uint32_t& out, uint32_t largest) {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > largest) {
        return wrong(key, "a number from 0 to " + std::to_string(largest));
    }
    out = value.get<uint32_t>();
    return success();
}

Status read(const std::string& key, const Json& value, std::vector<std::string>& out) {
    if (!value.is_array()) {
        return wrong(key, "a list of names");
    }
    for (const Json& item : value) {
        if (!item.is_string()) {
            return wrong(key, "a list of names");
        }
        out.push_back(item.get<std::string>());
    }
    return success();
}

int hex_digit(char letter) {
    if (letter >= '0' && letter <= '9') {
        return letter - '0';
    }
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

Status read(const std::string& key, const Json& value, std::vector<Bytes>& out, size_t size) {
    const std::string expected =
        "a list of " + std::to_string(size) + " bytes each, in lower-case hexadecimal";
    std::vector<std::string> texts;
    if (!read(key, value, texts).ok()) {
        return wrong(key, expected);
    }
    for (const std::string& text : texts) {
        Bytes bytes(size);
        if (text.size() != 2 * size) {
            return wrong(key, expected);
        }
        for (size_t i = 0; i < size; ++i) {
            const int high = hex_digit(text[2 * i]);
            const int low = hex_digit(text[2 * i + 1]);
            if (high < 0 || low < 0) {
                return wrong(key, expected);
            }
            bytes[i] = static_cast<uint8_t>(high * 16 + low);
        }
        out.push_back(std::move(bytes));
    }
    return success();
}

Status read_key(AppraisalPolicy& policy, const std::string& key, const Json& value) {
    if (key == "allow_emulated") {
        return read(key, value, policy.allow_emulated);
    }
    if (key == "domain_key_required") {
        return read(key, value, policy.domain_key_required);
    }
    if (key == "channel_binding") {
        return read(key, value, policy.channel_binding);
    }
    if (key == "allow_debug") {
        return read(key, value, policy.allow_debug);
    }
    if (key == "allow_migration_agent") {
        return read(key, value, policy.allow_migration_agent);
    }
    if (key == "max_vmpl") {
        constexpr uint32_t kLowestPrivilege = 3;
        return read(key, value, policy.max_vmpl, kLowestPrivilege);
    }
    if (key == "products") {
        return read(key, value, policy.products);
    }
    if (key == "measurements") {
        return read(key, value, policy.measurements, 48);
    }
    if (key == "host_data") {
        return read(key, value, policy.host_data, 32);
    }
    if (key == "chip_ids") {
        return read(key, value, policy.chip_ids, 64);
    }
    return Error(ErrorCode::kInvalidArgument, "policy: unknown key \"" + key + "\"");
}

Json to_hex_list(const std::vector<Bytes>& values) {
    Json list = Json::array();
    for (const Bytes& value : values) {
        list.push_back(to_hex(value));
    }
    return list;
}

bool contains(const std::vector<Bytes>& accepted, const Bytes& value) {
    return accepted.empty() || std::find(accepted.begin(), accepted.end(), value) != accepted.end();
}

Status refused(std::string_view key, const std::string& found) {
    return Error(ErrorCode::kRefused, "the peer is genuine, but policy key \"" + std::string(key) +
                                          "\" does not accept it: found " + found);
}

}  // namespace

Result<AppraisalPolicy> AppraisalPolicy::parse(std::string_view json) {
    bool repeated = false;
    std::vector<std::vector<std::string>> open_keys;
    const Json::parser_callback_t watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) {
            open_keys.emplace_back();
        } else if (event == Json::parse_event_t::object_end) {
            open_keys.pop_back();
        } else if (event == Json::parse_event_t::key) {
            const auto& name = parsed.get_ref<const std::string&>();
            auto& keys = open_keys.back();
            repeated = repeated || std::find(keys.begin(), keys.end(), name) != keys.end();
            keys.push_back(name);
        }
        return true;
    };
    try {
        const Json document = Json::parse(json, watch);
        if (!document.is_object() || repeated) {
            return Error(ErrorCode::kInvalidArgument,
                         "policy: expected one JSON object that names no key twice");
        }
        AppraisalPolicy policy;
        for (const auto& [key, value] : document.items()) {
            UCX_CRYPTO_TRY(read_key(policy, key, value));
        }
        return policy;
    } catch (const Json::exception& error) {
        return Error(ErrorCode::kInvalidArgument, std::string("policy: ") + error.what());
    }
}

Result<AppraisalPolicy> AppraisalPolicy::load(const std::string& path) {
    if (path.empty()) {
        return AppraisalPolicy{};
    }
    constexpr size_t kLimit = size_t{1} << 20;
    const SecretBytes text =
        UCX_CRYPTO_TRY(read_protected_file(path, Access::kOthersMayRead, kLimit));
    auto policy = parse(as_text(text.expose()));
    if (!policy.ok()) {
        return std::move(policy).error().in(path);
    }
    return policy;
}

Digest AppraisalPolicy::digest() const {
    // nlohmann::json keeps keys sorted.
    const Json document{{"allow_emulated", allow_emulated},
                        {"domain_key_required", domain_key_required},
                        {"channel_binding", channel_binding},
                        {"allow_debug", allow_debug},
                        {"allow_migration_agent", allow_migration_agent},
                        {"max_vmpl", max_vmpl},
                        {"products", products},
                        {"measurements", to_hex_list(measurements)},
                        {"host_data", to_hex_list(host_data)},
                        {"chip_ids", to_hex_list(chip_ids)}};
    const std::string text = document.dump();
    Digest digest{};
    SHA256(as_bytes(text).data(), text.size(), digest.data());
    return digest;
}

bool AppraisalPolicy::needs_evidence() const {
    return channel_binding || !products.empty() || !measurements.empty() || !host_data.empty() ||
           !chip_ids.empty();
}

Status AppraisalPolicy::accept(const Claims& claims) const {
    if (claims.emulated && !allow_emulated) {
        return refused("allow_emulated", "emulated evidence");
    }
    if ((claims.guest_policy & kPolicyDebug) != 0 && !allow_debug) {
        return refused("allow_debug", "a guest that its host may debug");
    }
    if ((claims.guest_policy & kPolicyMigrationAgent) != 0 && !allow_migration_agent) {
        return refused("allow_migration_agent", "a guest with a migration agent");
    }
    if (claims.vmpl > max_vmpl) {
        return refused("max_vmpl", std::to_string(claims.vmpl));
    }
    if (!products.empty() &&
        std::find(products.begin(), products.end(), claims.product) == products.end()) {
        return refused("products", "\"" + claims.product + "\"");
    }
    if (!contains(measurements, claims.measurement)) {
        return refused("measurements", to_hex(claims.measurement));
    }
    if (!contains(host_data, claims.host_data)) {
        return refused("host_data", to_hex(claims.host_data));
    }
    if (!contains(chip_ids, claims.chip_id)) {
        return refused("chip_ids", to_hex(claims.chip_id));
    }
    return success();
}

}  // namespace ucx_crypto::attest
