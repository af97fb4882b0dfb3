// Policy documents to policies: every key checked, none ignored.
#include <sodium.h>

#include <algorithm>
#include <functional>
#include <set>

#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/policy_document.h"
#include "ucx_crypto/attest/protected_file.h"
#include "ucx_crypto/attest/registered.h"

namespace ucx_crypto::attest {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxPolicySize = 256 * 1024;
constexpr size_t kMaxListSize = 4096;
const std::set<std::string> kProducts = {"Milan", "Genoa", "Turin"};
const std::set<std::string> kTcbComponents = {"boot_loader", "tee", "snp", "microcode", "fmc"};

/// A key of the document with its value.
struct Entry {
    const PolicyDocument& document;
    std::string key;
    const Json& value;

    Error bad(const std::string& expected) const { return document.bad_key(key, expected, value); }
};

Status read_flag(const Entry& entry, bool& out) {
    if (!entry.value.is_boolean()) {
        return entry.bad("true or false");
    }
    out = entry.value.get<bool>();
    return success();
}

/// Order of list elements; bytes as text, because GCC 12 warns of vector's own comparison wrongly.
struct Ascending {
    bool operator()(const Bytes& a, const Bytes& b) const { return as_text(a) < as_text(b); }
    bool operator()(const std::string& a, const std::string& b) const { return a < b; }
    bool operator()(uint32_t a, uint32_t b) const { return a < b; }
};

template <typename Element>
Status read_list(const Entry& entry, const std::string& expected, std::vector<Element>& out,
                 const std::function<bool(const Json&, Element&)>& one) {
    if (!entry.value.is_array() || entry.value.size() > kMaxListSize) {
        return entry.bad("a list of " + expected);
    }
    std::set<Element, Ascending> sorted;
    for (size_t i = 0; i < entry.value.size(); ++i) {
        Element element{};
        if (!one(entry.value[i], element)) {
            return entry.document.bad_key(
                entry.key, expected + " as element " + std::to_string(i + 1), entry.value[i]);
        }
        sorted.insert(std::move(element));
    }
    out.assign(sorted.begin(), sorted.end());
    return success();
}

Status read_hex_list(const Entry& entry, size_t size, std::vector<Bytes>& out) {
    return read_list<Bytes>(entry, std::to_string(size) + " bytes in hexadecimal", out,
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

Status read_vmpl(const Entry& entry, std::vector<uint32_t>& out) {
    const Json list = entry.value.is_array() ? entry.value : Json::array({entry.value});
    UCX_CRYPTO_TRY(read_list<uint32_t>({entry.document, entry.key, list}, "a level from 0 to 3",
                                       out, [](const Json& item, uint32_t& level) {
                                           if (!item.is_number_unsigned() ||
                                               item.get<uint64_t>() > 3) {
                                               return false;
                                           }
                                           level = item.get<uint32_t>();
                                           return true;
                                       }));
    return out.empty() ? Status(entry.bad("at least one level")) : success();
}

Status read_uids(const Entry& entry, std::vector<uint32_t>& out) {
    constexpr uint64_t kHighestUid = UINT32_MAX - 1;  // the last number stands for none
    return read_list<uint32_t>(entry, "a user's number", out, [](const Json& item, uint32_t& uid) {
        if (!item.is_number_unsigned() || item.get<uint64_t>() > kHighestUid) {
            return false;
        }
        uid = item.get<uint32_t>();
        return true;
    });
}

Status read_products(const Entry& entry, std::vector<std::string>& out) {
    return read_list<std::string>(entry, "Milan, Genoa or Turin", out,
                                  [](const Json& item, std::string& product) {
                                      if (!item.is_string()) {
                                          return false;
                                      }
                                      product = item.get<std::string>();
                                      return kProducts.contains(product);
                                  });
}

Status read_types(const Entry& entry, std::vector<std::string>& out) {
    return read_list<std::string>(
        entry, "a registered type (1 to 32 of a-z, 0-9, '.', '_', '-', and no mode)", out,
        [](const Json& item, std::string& type) {
            if (!item.is_string()) {
                return false;
            }
            type = item.get<std::string>();
            return is_evidence_type(type);
        });
}

Status read_crl(const Entry& entry, RevocationUse& out) {
    for (const auto use :
         {RevocationUse::kIgnore, RevocationUse::kIfPresent, RevocationUse::kRequired}) {
        if (entry.value.is_string() && entry.value.get<std::string>() == to_string(use)) {
            out = use;
            return success();
        }
    }
    return entry.bad("required, if-present or ignore");
}

Status read_days(const Entry& entry, uint32_t& out) {
    constexpr uint64_t kMaxDays = 3650;
    if (!entry.value.is_number_unsigned() || entry.value.get<uint64_t>() > kMaxDays) {
        return entry.bad("days from 0 (any) to 3650");
    }
    out = entry.value.get<uint32_t>();
    return success();
}

Status read_floor(const Entry& entry, const std::string& product, TcbFloor& out) {
    for (const auto& [component, value] : entry.value.items()) {
        const Entry level{entry.document, entry.key + "." + component, value};
        if (!kTcbComponents.contains(component) || (component == "fmc" && product != "Turin")) {
            return level.bad("boot_loader, tee, snp, microcode or (Turin) fmc as name");
        }
        if (!value.is_number_unsigned() || value.get<uint64_t>() > 255) {
            return level.bad("a level from 0 to 255");
        }
        out[component] = value.get<uint8_t>();
    }
    return success();
}

Status read_tcb_floor(const Entry& entry, std::map<std::string, TcbFloor>& out) {
    if (!entry.value.is_object()) {
        return entry.bad("an object by product");
    }
    out.clear();
    for (const auto& [product, floor] : entry.value.items()) {
        const Entry by_product{entry.document, entry.key + "." + product, floor};
        if (!kProducts.contains(product) || !floor.is_object()) {
            return by_product.bad("an object for Milan, Genoa or Turin");
        }
        UCX_CRYPTO_TRY(read_floor(by_product, product, out[product]));
    }
    return success();
}

/// What a key sets. Every key of a policy is in this table.
struct Reader {
    const char* key;
    Status (*read)(const Entry&, AppraisalPolicy&);
};

constexpr Reader kReaders[] = {
    {"allow_emulated",
     [](const Entry& e, AppraisalPolicy& p) { return read_flag(e, p.allow_emulated); }},
    {"products", [](const Entry& e, AppraisalPolicy& p) { return read_products(e, p.products); }},
    {"vmpl", [](const Entry& e, AppraisalPolicy& p) { return read_vmpl(e, p.vmpl); }},
    {"allow_debug", [](const Entry& e, AppraisalPolicy& p) { return read_flag(e, p.allow_debug); }},
    {"allow_migration_agent",
     [](const Entry& e, AppraisalPolicy& p) { return read_flag(e, p.allow_migration_agent); }},
    {"allow_smt", [](const Entry& e, AppraisalPolicy& p) { return read_flag(e, p.allow_smt); }},
    {"tcb_floor",
     [](const Entry& e, AppraisalPolicy& p) { return read_tcb_floor(e, p.tcb_floor); }},
    {"measurements",
     [](const Entry& e, AppraisalPolicy& p) { return read_hex_list(e, 48, p.measurements); }},
    {"id_key_digests",
     [](const Entry& e, AppraisalPolicy& p) { return read_hex_list(e, 48, p.id_key_digests); }},
    {"author_key_digests",
     [](const Entry& e, AppraisalPolicy& p) { return read_hex_list(e, 48, p.author_key_digests); }},
    {"host_data",
     [](const Entry& e, AppraisalPolicy& p) { return read_hex_list(e, 32, p.host_data); }},
    {"chip_ids",
     [](const Entry& e, AppraisalPolicy& p) { return read_hex_list(e, 64, p.chip_ids); }},
    {"allow_agent", [](const Entry& e, AppraisalPolicy& p) { return read_flag(e, p.allow_agent); }},
    {"allow_paravisor",
     [](const Entry& e, AppraisalPolicy& p) { return read_flag(e, p.allow_paravisor); }},
    {"agent_uids", [](const Entry& e, AppraisalPolicy& p) { return read_uids(e, p.agent_uids); }},
    {"crl", [](const Entry& e, AppraisalPolicy& p) { return read_crl(e, p.crl); }},
    {"crl_max_age_days",
     [](const Entry& e, AppraisalPolicy& p) { return read_days(e, p.crl_max_age_days); }},
    {"evidence_types",
     [](const Entry& e, AppraisalPolicy& p) { return read_types(e, p.evidence_types); }},
    {"channel_binding",
     [](const Entry& e, AppraisalPolicy& p) { return read_flag(e, p.channel_binding); }},
    {"domain_key_required",
     [](const Entry& e, AppraisalPolicy& p) { return read_flag(e, p.domain_key_required); }},
};

Result<AppraisalPolicy> read_all(const PolicyDocument& document) {
    AppraisalPolicy policy;
    for (const auto& [key, value] : document.root.items()) {
        const auto* reader =
            std::find_if(std::begin(kReaders), std::end(kReaders),
                         [&name = key](const Reader& each) { return name == each.key; });
        if (reader == std::end(kReaders)) {
            return document.bad_key(key, "expected a known key, found an unknown one; remove it");
        }
        UCX_CRYPTO_TRY(reader->read({document, key, value}, policy));
    }
    if (!policy.domain_key_required && !policy.names_the_tenant()) {
        return document.bad_key("domain_key_required",
                                "expected true, or beside it chip_ids, host_data, id_key_digests "
                                "or author_key_digests, found false alone; a measurement does not "
                                "say whose VM it is");
    }
    if (!policy.domain_key_required && policy.allow_agent && policy.agent_uids.empty()) {
        return document.bad_key("allow_agent",
                                "expected agent_uids beside it where no domain key is required, "
                                "found none; an agent vouches for every user of its node");
    }
    return policy;
}

}  // namespace

Result<AppraisalPolicy> AppraisalPolicy::parse(std::string_view text, const std::string& name) {
    try {
        auto document = PolicyDocument::parse(text);
        auto policy = document.ok() ? read_all(*document) : std::move(document).error();
        return policy.ok() ? std::move(policy) : std::move(policy).error().in("policy " + name);
    } catch (const std::exception& failure) {
        return Error(ErrorCode::kInvalidArgument, "policy " + name + ": " + failure.what());
    }
}

Result<AppraisalPolicy> AppraisalPolicy::load(const std::string& path) {
    if (path.empty()) {
        return AppraisalPolicy{};
    }
    return parse(UCX_CRYPTO_TRY(read(path)), path);
}

Result<std::string> AppraisalPolicy::read(const std::string& path) {
    const SecretBytes text =
        UCX_CRYPTO_TRY(read_protected_file(path, "policy", FileKind::kPublic, kMaxPolicySize));
    return std::string(as_text(text.expose()));
}

}  // namespace ucx_crypto::attest
