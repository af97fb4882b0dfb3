// ucx-crypto endorsements: the store of certificates, filled from files or from AMD.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "ucx_crypto/attest/bounded_file.h"
#include "ucx_crypto/attest/snp/certificate_file.h"
#include "ucx_crypto/attest/snp/endorsement_store.h"
#include "ucx_crypto/attest/snp/revocation_lists.h"
#include "ucx_crypto/cli/commands.h"
#include "ucx_crypto/cli/evidence_input.h"
#include "ucx_crypto/cli/kds.h"

namespace ucx_crypto::cli {
namespace {

namespace snp = attest::snp;

struct EndorsementsOptions {
    EvidenceInput input;
    Retries retries;
    std::string kds = kAmdKds;
    bool crl = false;
};

/// Only what verifies goes into the store: it is asked again at every start of a job.
Status store(const EvidenceInput& input, const snp::Report& report, const Bytes& endorsements) {
    const Bytes bytes = UCX_CRYPTO_TRY(
        attest::read_bounded_file(input.report, "attestation report", attest::kMaxEvidenceSize));
    const auto genuine =
        UCX_CRYPTO_TRY(snp::Verifier(snp::amd_roots())
                           .verify({bytes, endorsements}, std::chrono::system_clock::now()));
    const auto product = snp::parse_product(genuine.claims.product);
    if (!product) {
        return Error(ErrorCode::kInternal, "a verified report of no known product");
    }
    const snp::EndorsementStore folder(input.store);
    UCX_CRYPTO_TRY(folder.add(report, *product, endorsements));
    fmt::print("{}\n", folder.leaf_file(report, *product));
    return success();
}

Status add(const EndorsementsOptions& options) {
    const auto report = UCX_CRYPTO_TRY(read_report(options.input.report));
    const auto leaf = UCX_CRYPTO_TRY(snp::read_certificates(options.input.leaf));
    const Bytes endorsements =
        UCX_CRYPTO_TRY(snp::complete_chain(leaf.front(), options.input.chain));
    return store(options.input, report, endorsements);
}

/// A new one in the place of the one before: their age counts.
Status fetch_list(const EndorsementsOptions& options, const snp::Report& report,
                  const Bytes& endorsements) {
    const auto leaf = UCX_CRYPTO_TRY(
        snp::verify_chain(endorsements, snp::amd_roots(), std::chrono::system_clock::now()));
    const auto product = leaf.root.product;
    const Bytes list = UCX_CRYPTO_TRY(
        fetch_revocation_list(options.kds, report.signer(), product, options.retries));
    const std::string file = UCX_CRYPTO_TRY(snp::RevocationLists(options.input.store)
                                                .add(list, endorsements, product, report.signer()));
    fmt::print("{}\n", file);
    return success();
}

Status fetch(const EndorsementsOptions& options) {
    const auto report = UCX_CRYPTO_TRY(read_report(options.input.report));
    const snp::EndorsementStore folder(options.input.store);
    // AMD allows about one request in ten seconds: none that is not needed
    if (!folder.find(report).ok()) {
        const auto product = product_of(report, options.input.product);
        if (!product) {
            return Error(ErrorCode::kInvalidArgument,
                         options.input.report +
                             ": expected a report that names its processor, found one of version " +
                             std::to_string(report.version) + "; add --product");
        }
        const Bytes endorsements =
            UCX_CRYPTO_TRY(fetch_endorsements(options.kds, report, *product, options.retries));
        UCX_CRYPTO_TRY(store(options.input, report, endorsements));
    }
    return options.crl ? fetch_list(options, report, UCX_CRYPTO_TRY(folder.find(report)))
                       : success();
}

void add_common_options(CLI::App& command, const std::shared_ptr<EndorsementsOptions>& options) {
    command.add_option("--report", options->input.report, "File of 1184 bytes")->required();
    command.add_option("--store", options->input.store, "Folder; it is made")
        ->envname("UCX_CRYPTO_ENDORSEMENTS")
        ->default_val(snp::kDefaultStore);
}

Action status_of(const std::shared_ptr<EndorsementsOptions>& options,
                 Status (*run)(const EndorsementsOptions&)) {
    return [options, run] {
        const Status status = run(*options);
        return status.ok() ? kSuccess : report_failure(status.error());
    };
}

}  // namespace

void add_endorsements_commands(CLI::App& app, Action& action) {
    auto* endorsements = app.add_subcommand(
        "endorsements", "AMD's certificates for this chip and TCB, kept in a folder");
    endorsements->require_subcommand(1);
    const auto options = std::make_shared<EndorsementsOptions>();

    auto* add_command = endorsements->add_subcommand(
        "add", "Puts certificates from files into the store, if they verify the report");
    add_common_options(*add_command, options);
    add_command
        ->add_option("--vek", options->input.leaf,
                     "The VCEK or VLEK certificate that signed the report, DER or PEM")
        ->required();
    add_command
        ->add_option("--chain", options->input.chain,
                     "Folder with the certificates above it (ASK or ASVK, and ARK)")
        ->required();
    add_command->callback([&action, options] { action = status_of(options, add); });

    auto* fetch_command = endorsements->add_subcommand(
        "fetch", "Asks AMD's key distribution service for what the store lacks for a report");
    add_common_options(*fetch_command, options);
    options->input.add_product_option(*fetch_command);
    fetch_command->add_flag("--crl", options->crl,
                            "Also the certificate revocation list, in the place of the stored one");
    fetch_command->add_option("--kds", options->kds, "Address of the service")
        ->capture_default_str();
    fetch_command
        ->add_option("--attempts", options->retries.attempts,
                     "How often each certificate is asked for while the service is busy")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    fetch_command
        ->add_option("--pause", options->retries.first_pause,
                     "Seconds before the second attempt, doubled for each further one; the\n"
                     "service's own Retry-After goes before it")
        ->check(CLI::Range(0.0, 600.0))
        ->capture_default_str();
    fetch_command->add_option("--timeout", options->retries.timeout, "Seconds for each attempt")
        ->check(CLI::Range(1, 600))
        ->capture_default_str();
    fetch_command->callback([&action, options] { action = status_of(options, fetch); });
}

}  // namespace ucx_crypto::cli
