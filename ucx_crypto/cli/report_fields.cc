#include "ucx_crypto/cli/report_fields.h"

#include <fmt/core.h>

namespace ucx_crypto::cli {
namespace {

using attest::snp::Product;
using attest::snp::Report;
using attest::snp::Signer;
using attest::snp::Tcb;
using Json = nlohmann::ordered_json;

std::string hex(uint64_t value) {
    return fmt::format("{:#018x}", value);
}

struct Bit {
    unsigned position;
    const char* name;
};

/// GUEST_POLICY, from bit 16 on.
constexpr Bit kGuestPolicyBits[] = {{16, "smt"},
                                    {17, "always_one"},
                                    {18, "migrate_ma"},
                                    {19, "debug"},
                                    {20, "single_socket"},
                                    {21, "cxl_allow"},
                                    {22, "mem_aes_256_xts"},
                                    {23, "rapl_dis"},
                                    {24, "ciphertext_hiding_dram"},
                                    {25, "page_swap_disable"}};
constexpr Bit kPlatformBits[] = {{0, "smt_en"},
                                 {1, "tsme_en"},
                                 {2, "ecc_en"},
                                 {3, "rapl_dis"},
                                 {4, "ciphertext_hiding_dram_en"},
                                 {5, "alias_check_complete"},
                                 {7, "tio_en"}};

/// The named bits, and what is left of `value` without them and the bits of `others`.
template <size_t N>
Json bits(uint64_t value, const Bit (&names)[N], uint64_t others) {
    Json json = {{"raw", hex(value)}};
    uint64_t known = others;
    for (const Bit& bit : names) {
        json[bit.name] = (value >> bit.position & 1) != 0;
        known |= uint64_t{1} << bit.position;
    }
    json["unnamed_bits"] = hex(value & ~known);
    return json;
}

Json guest_policy(uint64_t policy) {
    constexpr uint64_t kAbi = 0xffff;
    Json json = bits(policy, kGuestPolicyBits, kAbi);
    json["abi_minimum"] = fmt::format("{}.{}", policy >> 8 & 0xff, policy & 0xff);
    return json;
}

Json key_info(const Report& report) {
    const Signer signer = report.signer();
    const char* name = signer == Signer::kVcek   ? "VCEK"
                       : signer == Signer::kVlek ? "VLEK"
                       : signer == Signer::kNone ? "none"
                                                 : "unknown";
    return {{"raw", hex(report.key_info)},
            {"author_key_en", report.author_key_enabled()},
            {"mask_chip_key", report.masked_chip_key()},
            {"signing_key", name}};
}

Json tcb(uint64_t version, std::optional<Product> product) {
    Json json = {{"raw", hex(version)}};
    if (product) {
        const Tcb parts = Tcb::of(*product, version);
        if (*product == Product::kTurin) {
            json["fmc"] = parts.fmc;
        }
        json["boot_loader"] = parts.boot_loader;
        json["tee"] = parts.tee;
        json["snp"] = parts.snp;
        json["microcode"] = parts.microcode;
    }
    return json;
}

/// Build, minor and major from the lowest byte on.
std::string firmware(uint32_t version) {
    return fmt::format("{}.{}.{}", version >> 16 & 0xff, version >> 8 & 0xff, version & 0xff);
}

void append_lines(const Json& fields, size_t depth, std::string& lines) {
    for (const auto& [name, value] : fields.items()) {
        if (value.is_object()) {
            lines += fmt::format("{:{}}{}\n", "", 2 * depth, name);
            append_lines(value, depth + 1, lines);
        } else {
            lines += fmt::format("{:{}}{}: {}\n", "", 2 * depth, name,
                                 value.is_string() ? value.get<std::string>() : value.dump());
        }
    }
}

}  // namespace

Json report_fields(const Report& report, std::optional<Product> product) {
    Json json = {
        {"version", report.version},
        {"guest_svn", report.guest_svn},
        {"policy", guest_policy(report.policy)},
        {"family_id", to_hex(report.family_id)},
        {"image_id", to_hex(report.image_id)},
        {"vmpl", report.vmpl},
        {"signature_algo", report.signature_algorithm},
        {"current_tcb", tcb(report.current_tcb, product)},
        {"platform_info", bits(report.platform_info, kPlatformBits, 0)},
        {"key_info", key_info(report)},
        {"report_data", to_hex(report.report_data)},
        {"measurement", to_hex(report.measurement)},
        {"host_data", to_hex(report.host_data)},
        {"id_key_digest", to_hex(report.id_key_digest)},
        {"author_key_digest", to_hex(report.author_key_digest)},
        {"report_id", to_hex(report.report_id)},
        {"report_id_ma", to_hex(report.report_id_ma)},
        {"reported_tcb", tcb(report.reported_tcb, product)},
    };
    if (report.version >= 3) {
        json["cpuid"] = {{"family", report.cpu_family},
                         {"model", report.cpu_model},
                         {"stepping", report.cpu_stepping}};
    }
    json["product"] = product ? std::string(to_string(*product)) : "not told by this version";
    json["chip_id"] = to_hex(report.chip_id);
    json["committed_tcb"] = tcb(report.committed_tcb, product);
    json["current_firmware"] = firmware(report.current_version);
    json["committed_firmware"] = firmware(report.committed_version);
    json["launch_tcb"] = tcb(report.launch_tcb, product);
    if (report.version >= 5) {
        json["launch_mit_vector"] = hex(report.launch_mitigations);
        json["current_mit_vector"] = hex(report.current_mitigations);
    }
    json["signature"] = {{"r", to_hex(report.r)}, {"s", to_hex(report.s)}};
    return json;
}

std::string field_lines(const Json& fields) {
    std::string lines;
    append_lines(fields, 0, lines);
    return lines;
}

}  // namespace ucx_crypto::cli
