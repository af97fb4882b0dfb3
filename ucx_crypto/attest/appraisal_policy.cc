#include "ucx_crypto/attest/appraisal_policy.h"

#include <sodium.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "ucx_crypto/attest/protected_file.h"
#include "ucx_crypto/attest/snp/tcb.h"

namespace ucx_crypto::attest {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxPolicySize = 256 * 1024;
constexpr size_t kMaxListSize = 4096;
const std::set<std::string> kProducts = {"Milan", "Genoa", "Turin"};
const std::set<std::string> kTcbComponents = {"boot_loader", "tee", "snp", "microcode", "fmc"};

Error bad_key(const std::string& key, const std::string& expected, const Json& found) {
    return {ErrorCode::kInvalidArgument,
            "key '" + key + "': expected " + expected + ", found " +
                found.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 80)};
}

Status read(const std::string& key, const Json& value, bool& out) {
    if (!value.is_boolean()) {
        return bad_key(key, "true or false", value);
    }
    out = value.get<bool>();
    return success();
}

/// Order of list elements; bytes as text, because GCC 12 warns of vector's own comparison wrongly.
struct Ascending {
    bool operator()(const Bytes& a, const Bytes& b) const { return as_text(a) < as_text(b); }
    bool operator()(const std::string& a, const std::string& b) const { return a < b; }
    bool operator()(uint32_t a, uint32_t b) const { return a < b; }
};

template <typename Element>
Status read_list(const std::string& key, const Json& value, const std::string& expected,
                 std::vector<Element>& out, const std::function<bool(const Json&, Element&)>& one) {
    if (!value.is_array() || value.size() > kMaxListSize) {
        return bad_key(key, "a list of " + expected, value);
    }
    std::set<Element, Ascending> sorted;
    for (const Json& item : value) {
        Element element{};
        if (!one(item, element)) {
            return bad_key(key, expected, item);
        }
        sorted.insert(std::move(element));
    }
    out.assign(sorted.begin(), sorted.end());
    return success();
}

Status read_hex_list(const std::string& key, const Json& value, size_t size,
                     std::vector<Bytes>& out) {
    return read_list<Bytes>(key, value, std::to_string(size) + " bytes in hexadecimal", out,
                            [size](const Json& item, Bytes& bytes) {
                                if (!item.is_string()) {
                                    return false;
                                }
                                const auto& text = item.get_ref<const std::string&>();
                                bytes.resize(size);
                                size_t written = 0;
                                return text.size() == 2 * size &&
                                       sodium_hex2bin(bytes.data(), size, text.data(), text.size(),
                                                      nullptr, &written, nullptr) == 0 &&
                                       written == size;
                            });
}

Status read_vmpl(const std::string& key, const Json& value, std::vector<uint32_t>& out) {
    const Json list = value.is_array() ? value : Json::array({value});
    UCX_CRYPTO_TRY(read_list<uint32_t>(
        key, list, "a level from 0 to 3", out, [](const Json& item, uint32_t& level) {
            if (!item.is_number_unsigned() || item.get<uint64_t>() > 3) {
                return false;
            }
            level = item.get<uint32_t>();
            return true;
        }));
    return out.empty() ? Status(bad_key(key, "at least one level", value)) : success();
}

Status read_products(const std::string& key, const Json& value, std::vector<std::string>& out) {
    return read_list<std::string>(key, value, "Milan, Genoa or Turin", out,
                                  [](const Json& item, std::string& product) {
                                      if (!item.is_string()) {
                                          return false;
                                      }
                                      product = item.get<std::string>();
                                      return kProducts.contains(product);
                                  });
}

Status read_tcb_floor(const std::string& key, const Json& value,
                      std::map<std::string, TcbFloor>& out) {
    if (!value.is_object()) {
        return bad_key(key, "an object by product", value);
    }
    out.clear();
    for (const auto& [product, floor] : value.items()) {
        const std::string product_key = key + "." + product;
        if (!kProducts.contains(product) || !floor.is_object()) {
            return bad_key(product_key, "an object for Milan, Genoa or Turin", floor);
        }
        for (const auto& [component, level] : floor.items()) {
            const std::string component_key = product_key + "." + component;
            if (!kTcbComponents.contains(component) || (component == "fmc" && product != "Turin")) {
                return bad_key(component_key,
                               "boot_loader, tee, snp, microcode or (Turin) fmc as name", level);
            }
            if (!level.is_number_unsigned() || level.get<uint64_t>() > 255) {
                return bad_key(component_key, "a level from 0 to 255", level);
            }
            out[product][component] = level.get<uint8_t>();
        }
    }
    return success();
}

Status read_key(const std::string& key, const Json& value, AppraisalPolicy& policy) {
    if (key == "allow_emulated") {
        return read(key, value, policy.allow_emulated);
    }
    if (key == "measurements") {
        return read_hex_list(key, value, 48, policy.measurements);
    }
    if (key == "host_data") {
        return read_hex_list(key, value, 32, policy.host_data);
    }
    if (key == "chip_ids") {
        return read_hex_list(key, value, 64, policy.chip_ids);
    }
    if (key == "vmpl") {
        return read_vmpl(key, value, policy.vmpl);
    }
    if (key == "allow_debug") {
        return read(key, value, policy.allow_debug);
    }
    if (key == "allow_migration_agent") {
        return read(key, value, policy.allow_migration_agent);
    }
    if (key == "tcb_floor") {
        return read_tcb_floor(key, value, policy.tcb_floor);
    }
    if (key == "products") {
        return read_products(key, value, policy.products);
    }
    if (key == "channel_binding") {
        return read(key, value, policy.channel_binding);
    }
    if (key == "domain_key_required") {
        return read(key, value, policy.domain_key_required);
    }
    return Error(ErrorCode::kInvalidArgument,
                 "key '" + key + "': expected a known key, found an unknown one; remove it");
}

/// Parses text into `out`; the parser alone would let the last of two equal keys win.
Status parse_json(std::string_view text, Json& out) {
    std::vector<std::set<std::string>> open_objects;
    std::string repeated;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) {
            open_objects.emplace_back();
        } else if (event == Json::parse_event_t::object_end) {
            open_objects.pop_back();
        } else if (event == Json::parse_event_t::key &&
                   !open_objects.back().insert(parsed.get<std::string>()).second) {
            repeated = parsed.get<std::string>();
        }
        return true;
    };
    out = Json::parse(text, watch);
    if (!repeated.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "key '" + repeated + "': expected once, found more than once");
    }
    if (!out.is_object()) {
        return Error(ErrorCode::kInvalidArgument, "expected a JSON object, found another value");
    }
    return success();
}

Result<AppraisalPolicy> parse_checked(std::string_view text) {
    Json root;
    UCX_CRYPTO_TRY(parse_json(text, root));
    AppraisalPolicy policy;
    for (const auto& [key, value] : root.items()) {
        UCX_CRYPTO_TRY(read_key(key, value, policy));
    }
    if (!policy.domain_key_required && policy.chip_ids.empty() && policy.host_data.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "key 'domain_key_required': expected true, or chip_ids or host_data beside "
                     "it, found false alone; a measurement does not say whose VM it is");
    }
    return policy;
}

constexpr uint64_t kGuestMigrationAgent = uint64_t{1} << 18;
constexpr uint64_t kGuestDebug = uint64_t{1} << 19;

Error refused(const std::string& key, const std::string& expected, const std::string& found) {
    return {ErrorCode::kRefused, "the peer's evidence is genuine, but policy key '" + key +
                                     "' refuses it: expected " + expected + ", found " + found};
}

template <typename Value>
bool accepts(const std::vector<Value>& accepted, const Value& value) {
    return accepted.empty() || std::find(accepted.begin(), accepted.end(), value) != accepted.end();
}

/// `name` says which TCB of the report it is.
Status check_floor(const std::string& product_name, const TcbFloor& floor, uint64_t version,
                   const std::string& name) {
    const auto product = snp::parse_product(product_name);
    if (!product) {
        return refused("tcb_floor", "a known product", product_name);
    }
    const snp::Tcb tcb = snp::Tcb::of(*product, version);
    for (const auto& [component, lowest] : floor) {
        if (tcb.level(component) < lowest) {
            return refused("tcb_floor." + product_name + "." + component,
                           "at least " + std::to_string(lowest) + " as " + name,
                           std::to_string(tcb.level(component)));
        }
    }
    return success();
}

Json hex_list(const std::vector<Bytes>& values) {
    Json list = Json::array();
    for (const Bytes& value : values) {
        list.push_back(to_hex(value));
    }
    return list;
}

}  // namespace

Result<AppraisalPolicy> AppraisalPolicy::parse(std::string_view text, const std::string& name) {
    try {
        auto policy = parse_checked(text);
        return policy.ok() ? std::move(policy) : std::move(policy).error().in("policy " + name);
    } catch (const std::exception& failure) {
        return Error(ErrorCode::kInvalidArgument, "policy " + name + ": " + failure.what());
    }
}

Result<AppraisalPolicy> AppraisalPolicy::load(const std::string& path) {
    if (path.empty()) {
        return AppraisalPolicy{};
    }
    const SecretBytes text =
        UCX_CRYPTO_TRY(read_protected_file(path, "policy", FileKind::kPublic, kMaxPolicySize));
    return parse(as_text(text.expose()), path);
}

bool AppraisalPolicy::needs_evidence() const {
    return !measurements.empty() || !host_data.empty() || !chip_ids.empty() || !tcb_floor.empty() ||
           !products.empty() || channel_binding;
}

Status AppraisalPolicy::accept(const Claims& claims) const {
    if (claims.emulated && !allow_emulated) {
        return refused("allow_emulated", "evidence of a real TEE", "emulated evidence");
    }
    if (!accepts(vmpl, claims.vmpl)) {
        return refused("vmpl", "an accepted level", std::to_string(claims.vmpl));
    }
    if ((claims.guest_policy & kGuestDebug) != 0 && !allow_debug) {
        return refused("allow_debug", "a guest policy without DEBUG", "one with it");
    }
    if ((claims.guest_policy & kGuestMigrationAgent) != 0 && !allow_migration_agent) {
        return refused("allow_migration_agent", "a guest policy without MIGRATE_MA", "one with it");
    }
    if (!accepts(products, claims.product)) {
        return refused("products", "an accepted product", claims.product);
    }
    if (const auto floor = tcb_floor.find(claims.product); floor != tcb_floor.end()) {
        UCX_CRYPTO_TRY(
            check_floor(claims.product, floor->second, claims.reported_tcb, "reported TCB"));
        UCX_CRYPTO_TRY(check_floor(claims.product, floor->second, claims.launch_tcb, "launch TCB"));
    }
    if (!accepts(measurements, claims.measurement)) {
        return refused("measurements", "an accepted measurement", to_hex(claims.measurement));
    }
    if (!accepts(host_data, claims.host_data)) {
        return refused("host_data", "accepted host data", to_hex(claims.host_data));
    }
    if (!accepts(chip_ids, claims.chip_id)) {
        return refused("chip_ids", "an accepted chip", to_hex(claims.chip_id));
    }
    return success();
}

std::string AppraisalPolicy::canonical() const {
    const Json all = {
        {"allow_debug", allow_debug},
        {"allow_emulated", allow_emulated},
        {"allow_migration_agent", allow_migration_agent},
        {"channel_binding", channel_binding},
        {"chip_ids", hex_list(chip_ids)},
        {"domain_key_required", domain_key_required},
        {"host_data", hex_list(host_data)},
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
