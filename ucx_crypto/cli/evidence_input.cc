#include "ucx_crypto/cli/evidence_input.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <ctime>

#include "ucx_crypto/attest/bounded_file.h"
#include "ucx_crypto/attest/snp/certificate_file.h"
#include "ucx_crypto/attest/snp/endorsement_store.h"
#include "ucx_crypto/attest/snp/revocation_lists.h"

namespace ucx_crypto::cli {

using attest::Check;
using attest::Evidence;
using attest::snp::Genuine;
using attest::snp::Product;
using attest::snp::Report;

void EvidenceInput::add_certificate_options(CLI::App& command) {
    auto* leaf_option = command.add_option(
        "--vek", leaf, "The VCEK or VLEK certificate that signed the report, DER or PEM");
    auto* chain_option = command.add_option(
        "--chain", chain, "Folder with the certificates above it (ASK or ASVK, and ARK)");
    leaf_option->needs(chain_option);
    chain_option->needs(leaf_option);
    command.add_option("--store", store, "Endorsement store with all three of them")
        ->excludes(leaf_option)
        ->excludes(chain_option);
    command
        .add_option("--time", time,
                    "When the certificates must be valid: 2026-01-31, 2026-01-31T12:00:00Z or "
                    "seconds since 1970; now without it")
        ->check([](const std::string& text) {
            const auto parsed = parse_time(text);
            return parsed.ok() ? std::string() : parsed.error().message();
        });
}

void EvidenceInput::add_product_option(CLI::App& command) {
    command.add_option("--product", product, "For reports of version 2, which do not tell it")
        ->check(CLI::IsMember({"Milan", "Genoa", "Turin"}));
}

Result<std::chrono::system_clock::time_point> parse_time(const std::string& text) {
    int64_t seconds = 0;
    const char* const end = text.data() + text.size();
    if (const auto [rest, error] = std::from_chars(text.data(), end, seconds);
        error == std::errc() && rest == end) {
        return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
    }
    for (const char* format : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"}) {
        std::tm parts{};
        const char* rest = strptime(text.c_str(), format, &parts);
        if (rest != nullptr && *rest == '\0') {
            return std::chrono::system_clock::from_time_t(timegm(&parts));
        }
    }
    return Error(ErrorCode::kInvalidArgument,
                 "expected a date (2026-01-31), a time in UTC (2026-01-31T12:00:00Z) or "
                 "seconds since 1970, found '" +
                     text + "'");
}

Result<Report> read_report(const std::string& path) {
    const Bytes bytes = UCX_CRYPTO_TRY(
        attest::read_bounded_file(path, "attestation report", attest::kMaxEvidenceSize));
    auto report = Report::parse(bytes);
    return report.ok() ? std::move(report) : std::move(report).error().in(path);
}

Result<Evidence> read_evidence(const EvidenceInput& input) {
    Evidence evidence;
    evidence.report = UCX_CRYPTO_TRY(
        attest::read_bounded_file(input.report, "attestation report", attest::kMaxEvidenceSize));
    if (!input.store.empty()) {
        auto report = Report::parse(evidence.report);
        if (!report.ok()) {
            return std::move(report).error().in(input.report);
        }
        evidence.endorsements =
            UCX_CRYPTO_TRY(attest::snp::EndorsementStore(input.store).find(*report));
        return evidence;
    }
    const auto leaf = UCX_CRYPTO_TRY(attest::snp::read_certificates(input.leaf));
    evidence.endorsements = UCX_CRYPTO_TRY(attest::snp::complete_chain(leaf.front(), input.chain));
    return evidence;
}

std::optional<Product> product_of(const Report& report, const std::string& option) {
    return report.version >= 3 ? attest::snp::product_of(report.cpu_family, report.cpu_model)
                               : attest::snp::parse_product(option);
}

Result<std::optional<Genuine>> appraise(const EvidenceInput& input, Check& genuine) {
    const auto now = input.time.empty() ? std::chrono::system_clock::now()
                                        : UCX_CRYPTO_TRY(parse_time(input.time));
    const Evidence evidence = UCX_CRYPTO_TRY(read_evidence(input));
    auto verified =
        attest::snp::Verifier(attest::snp::amd_roots()).explain(evidence, now, genuine.children);
    genuine.name = "genuine";
    genuine.outcome = attest::outcome_of(genuine.children);
    if (!verified.ok()) {
        return std::optional<Genuine>();
    }
    genuine.detail = verified->claims.product + ", by AMD's root";
    if (const auto product = attest::snp::parse_product(verified->claims.product)) {
        verified->claims.revocation =
            UCX_CRYPTO_TRY(attest::snp::RevocationLists(input.store)
                               .examine(evidence.endorsements, *product, now));
    }
    return std::optional<Genuine>(std::move(verified).value());
}

Check examine(const std::optional<attest::AppraisalPolicy>& policy,
              const std::optional<attest::Claims>& claims) {
    Check check{"policy", Check::Outcome::kSkipped, policy ? "after a failure" : "none given", {}};
    if (policy && claims) {
        check.detail.clear();
        check.children = policy->examine(*claims);
        check.outcome = attest::outcome_of(check.children);
    }
    return check;
}

}  // namespace ucx_crypto::cli
