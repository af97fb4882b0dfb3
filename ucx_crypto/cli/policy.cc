// ucx-crypto policy: policies written, explained and compared.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "ucx_crypto/attest/bounded_file.h"
#include "ucx_crypto/cli/check_tree.h"
#include "ucx_crypto/cli/commands.h"
#include "ucx_crypto/cli/evidence_input.h"
#include "ucx_crypto/cli/policy_draft.h"

namespace ucx_crypto::cli {
namespace {

using attest::AppraisalPolicy;
using attest::Check;
using attest::Claims;

struct PolicyOptions {
    EvidenceInput input;
    std::string policy;
    std::string output;
    bool pin_chip = false;
    bool paravisor = false;
    std::optional<uint32_t> agent_uid;
    bool json = false;
};

int from_report(const PolicyOptions& options) {
    const auto report = read_report(options.input.report);
    if (!report.ok()) {
        return report_failure(report.error());
    }
    const auto product = product_of(*report, options.input.product);
    if (!product) {
        fmt::print(stderr,
                   "ucx-crypto: expected a report that names its processor, or --product, found "
                   "neither\n");
        return kUsage;
    }
    Claims claims = attest::snp::claims_of(*report, *product, false);
    claims.paravisor = options.paravisor;
    const auto draft = draft_policy(claims, options.pin_chip);
    if (!draft.ok()) {
        return report_failure(draft.error());
    }
    for (const std::string& note : draft->notes) {
        fmt::print(stderr, "ucx-crypto: note: {}\n", note);
    }
    if (options.output.empty()) {
        fmt::print("{}", draft->text);
        return kSuccess;
    }
    const Status written = attest::replace_file(options.output, as_bytes(draft->text));
    return written.ok() ? kSuccess : report_failure(written.error());
}

/// What is known about the report: with certificates when it is genuine, without them as it says.
Result<std::optional<Claims>> claims_of(const EvidenceInput& input, Check& genuine) {
    if (input.has_certificates()) {
        const auto found = UCX_CRYPTO_TRY(appraise(input, genuine));
        return found ? std::optional(found->claims) : std::nullopt;
    }
    genuine = {"genuine", Check::Outcome::kSkipped, "no certificates given", {}};
    const auto report = UCX_CRYPTO_TRY(read_report(input.report));
    const auto product = product_of(report, input.product);
    if (!product) {
        return Error(ErrorCode::kInvalidArgument,
                     input.report +
                         ": expected a report that names its processor, found one of version " +
                         std::to_string(report.version) + "; add --product, or certificates");
    }
    return std::optional(attest::snp::claims_of(report, *product, false));
}

int check(const PolicyOptions& options) {
    const auto policy = AppraisalPolicy::load(options.policy);
    if (!policy.ok()) {
        return report_failure(policy.error());
    }
    if (options.input.report.empty()) {
        return print_decision({{"policy", Check::Outcome::kPassed, "well formed", {}}},
                              options.json);
    }
    Check genuine;
    auto claims = claims_of(options.input, genuine);
    if (!claims.ok()) {
        return report_failure(claims.error());
    }
    if (*claims) {
        (*claims)->agent_uid = options.agent_uid;
        (*claims)->paravisor = options.paravisor;
    }
    return print_decision({genuine, examine(*policy, *claims)}, options.json);
}

int digest(const PolicyOptions& options) {
    const auto policy = AppraisalPolicy::load(options.policy);
    if (!policy.ok()) {
        return report_failure(policy.error());
    }
    fmt::print("{}\n", to_hex(policy->digest()));
    return kSuccess;
}

}  // namespace

void add_policy_commands(CLI::App& app, Action& action) {
    auto* policy = app.add_subcommand("policy", "Which evidence is accepted: UCX_CRYPTO_POLICY");
    policy->require_subcommand(1);
    const auto options = std::make_shared<PolicyOptions>();

    auto* from_command = policy->add_subcommand(
        "from-report",
        "Writes a policy that accepts guests like the one of a report: measurement, keys, host\n"
        "data, VMPL, product, and its TCB as floor. Verifies nothing, and never allows debugging");
    from_command->add_option("report", options->input.report, "File of 1184 bytes")->required();
    options->input.add_product_option(*from_command);
    from_command->add_flag("--pin-chip", options->pin_chip, "Accepts this chip only");
    constexpr const char* kParavisor = "--paravisor";
    from_command->add_flag(kParavisor, options->paravisor,
                           "Allows evidence whose data a paravisor vouches for, as in Azure's\n"
                           "confidential VMs");
    from_command->add_option("--output", options->output,
                             "File to write; standard output without it");
    from_command->callback(
        [&action, options] { action = [options] { return from_report(*options); }; });

    auto* check_command = policy->add_subcommand(
        "check", "Explains what a policy decides about a report, key by key; status 1 if refused");
    check_command->add_option("--policy", options->policy, "The policy")->required();
    auto* report = check_command->add_option(
        "--report", options->input.report,
        "File of 1184 bytes; without it only the policy itself is checked");
    options->input.add_certificate_options(*check_command);
    options->input.add_product_option(*check_command);
    check_command->add_option("--agent-uid", options->agent_uid,
                              "Decides as for evidence of a node's agent for this user");
    check_command->add_flag(kParavisor, options->paravisor,
                            "Decides as for evidence whose data a paravisor vouches for");
    for (const char* name :
         {"--vek", "--chain", "--store", "--time", "--product", "--agent-uid", kParavisor}) {
        check_command->get_option(name)->needs(report);
    }
    check_command->add_flag("--json", options->json, "Prints a JSON object instead");
    check_command->callback([&action, options] { action = [options] { return check(*options); }; });

    auto* digest_command = policy->add_subcommand(
        "digest", "Prints the SHA-256 of a policy's meaning, which peers compare");
    digest_command->add_option("policy", options->policy, "The policy")->required();
    digest_command->callback(
        [&action, options] { action = [options] { return digest(*options); }; });
}

}  // namespace ucx_crypto::cli
