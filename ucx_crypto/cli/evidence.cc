// ucx-crypto evidence: attestation reports got, decoded and verified.
#include <fmt/core.h>
#include <sodium.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "ucx_crypto/attest/bounded_file.h"
#include "ucx_crypto/attest/snp/certificate_table.h"
#include "ucx_crypto/attest/snp/choose_source.h"
#include "ucx_crypto/attest/snp/paravisor_evidence.h"
#include "ucx_crypto/cli/check_tree.h"
#include "ucx_crypto/cli/commands.h"
#include "ucx_crypto/cli/evidence_input.h"
#include "ucx_crypto/cli/report_fields.h"

namespace ucx_crypto::cli {
namespace {

using attest::Check;
namespace snp = attest::snp;

struct EvidenceOptions {
    EvidenceInput input;
    std::string policy;
    std::string report_data;
    std::string output;
    std::string certificates;
    bool json = false;
};

int show(const EvidenceOptions& options) {
    const auto report = read_report(options.input.report);
    if (!report.ok()) {
        return report_failure(report.error());
    }
    const auto fields = report_fields(*report, product_of(*report, options.input.product));
    fmt::print("{}", options.json ? fields.dump(2) + "\n" : field_lines(fields));
    return kSuccess;
}

/// 64 bytes in hexadecimal.
std::optional<attest::ReportData> parse_report_data(const std::string& text) {
    attest::ReportData data{};
    size_t written = 0;
    const bool good = text.size() == 2 * data.size() &&
                      sodium_hex2bin(data.data(), data.size(), text.data(), text.size(), nullptr,
                                     &written, nullptr) == 0 &&
                      written == data.size();
    return good ? std::optional(data) : std::nullopt;
}

/// What the host gave, under the names that `verify --chain` and `endorsements add` take.
Status write_certificates(const snp::HostCertificates& given, const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        return Error(ErrorCode::kIo, folder + ": cannot be made: " + error.message());
    }
    const std::pair<const char*, const Bytes*> files[] = {{"vcek.der", &given.vcek},
                                                          {"vlek.der", &given.vlek},
                                                          {"ask.der", &given.ask},
                                                          {"ark.der", &given.ark}};
    for (const auto& [name, der] : files) {
        if (!der->empty()) {
            UCX_CRYPTO_TRY(attest::replace_file(folder + "/" + name, *der));
        }
    }
    return success();
}

Status get_report(const EvidenceOptions& options) {
    const auto chosen = UCX_CRYPTO_TRY(snp::choose_source(snp::candidates_of_this_machine()));
    const auto data = parse_report_data(options.report_data).value_or(attest::ReportData{});
    const auto answer = UCX_CRYPTO_TRY(chosen.source->get(data));
    const auto opened = UCX_CRYPTO_TRY(snp::open_report(answer.report));
    UCX_CRYPTO_TRY(snp::Report::parse(opened.report));
    UCX_CRYPTO_TRY(snp::check_bound_data(opened, data));
    UCX_CRYPTO_TRY(attest::replace_file(options.output, to_bytes(opened.report)));
    if (!options.certificates.empty()) {
        const auto given = UCX_CRYPTO_TRY(snp::parse_certificate_table(answer.certificate_table));
        UCX_CRYPTO_TRY(write_certificates(given, options.certificates));
    }
    fmt::print("{}: by {}{}\n", options.output, chosen.description,
               opened.by_paravisor() ? "; the data is in the paravisor's claims, a policy for such "
                                       "evidence needs allow_paravisor"
                                     : "");
    return success();
}

int get(const EvidenceOptions& options) {
    const Status status = get_report(options);
    return status.ok() ? kSuccess : report_failure(status.error());
}

Check check_report_data(const std::string& option, const std::optional<snp::Genuine>& genuine) {
    const auto expected = parse_report_data(option);
    Check check{"report_data",
                Check::Outcome::kSkipped,
                expected ? "after a failure" : "none expected",
                {}};
    if (expected && genuine) {
        const bool equal = snp::check_report_data(genuine->report, *expected).ok();
        check.outcome = equal ? Check::Outcome::kPassed : Check::Outcome::kFailed;
        check.detail = equal ? "as expected"
                             : "expected " + to_hex(*expected) + ", found " +
                                   to_hex(genuine->report.report_data);
    }
    return check;
}

int verify(const EvidenceOptions& options) {
    if (!options.input.has_certificates()) {
        fmt::print(stderr, "ucx-crypto: expected --vek and --chain, or --store, found neither\n");
        return kUsage;
    }
    std::optional<attest::AppraisalPolicy> policy;
    if (!options.policy.empty()) {
        auto loaded = attest::AppraisalPolicy::load(options.policy);
        if (!loaded.ok()) {
            return report_failure(loaded.error());
        }
        policy = std::move(loaded).value();
    }
    Check genuine;
    const auto found = appraise(options.input, genuine);
    if (!found.ok()) {
        return report_failure(found.error());
    }
    const auto claims = *found ? std::optional((*found)->claims) : std::nullopt;
    return print_decision(
        {genuine, examine(policy, claims), check_report_data(options.report_data, *found)},
        options.json);
}

}  // namespace

void add_evidence_commands(CLI::App& app, Action& action) {
    auto* evidence = app.add_subcommand("evidence", "Attestation reports of SEV-SNP");
    evidence->require_subcommand(1);
    const auto options = std::make_shared<EvidenceOptions>();
    const auto hexadecimal = [](const std::string& text) {
        return parse_report_data(text) ? std::string() : "expected 64 bytes in hexadecimal";
    };

    auto* get_command = evidence->add_subcommand(
        "get", "Gets a report about this guest from its device, as jobs do; verifies nothing");
    get_command->add_option("--output", options->output, "File for the report")->required();
    get_command->add_option("--certificates", options->certificates,
                            "Folder for the certificates that the host gives with it");
    get_command
        ->add_option("--report-data", options->report_data,
                     "REPORT_DATA to ask for: 64 bytes in hexadecimal; zeros without it")
        ->check(hexadecimal);
    get_command->callback([&action, options] { action = [options] { return get(*options); }; });

    auto* show_command = evidence->add_subcommand(
        "show", "Prints every field of a report, decoded. Verifies nothing");
    show_command->add_option("report", options->input.report, "File of 1184 bytes")->required();
    options->input.add_product_option(*show_command);
    show_command->add_flag("--json", options->json, "Prints a JSON object instead");
    show_command->callback([&action, options] { action = [options] { return show(*options); }; });

    auto* verify_command = evidence->add_subcommand(
        "verify",
        "Tells whether a report is genuine by AMD's roots, step by step; status 1 if not");
    verify_command->add_option("--report", options->input.report, "File of 1184 bytes")->required();
    options->input.add_certificate_options(*verify_command);
    verify_command->add_option("--policy", options->policy, "Policy that has to accept it as well");
    verify_command
        ->add_option("--report-data", options->report_data,
                     "REPORT_DATA that it must have: 64 bytes in hexadecimal")
        ->check(hexadecimal);
    verify_command->add_flag("--json", options->json, "Prints a JSON object instead");
    verify_command->callback(
        [&action, options] { action = [options] { return verify(*options); }; });
}

}  // namespace ucx_crypto::cli
