// Evidence that a user names on the command line: files of a report and of its certificates.
#pragma once

#include <CLI/App.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/snp/verifier.h"

namespace ucx_crypto::cli {

struct EvidenceInput {
    std::string report;   ///< file of 1184 bytes
    std::string leaf;     ///< VCEK or VLEK, DER or PEM
    std::string chain;    ///< folder of the certificates above it
    std::string store;    ///< endorsement store, instead of leaf and chain
    std::string product;  ///< for a report that does not tell it
    std::string time;     ///< when the certificates must be valid; empty: now

    /// Options --vek, --chain, --store, --time.
    void add_certificate_options(CLI::App& command);
    /// Option --product.
    void add_product_option(CLI::App& command);
    bool has_certificates() const { return !store.empty() || !leaf.empty(); }
};

/// Seconds since 1970, or a date and time in UTC: 2026-01-31, 2026-01-31T12:00:00Z.
Result<std::chrono::system_clock::time_point> parse_time(const std::string& text);

/// Reads and parses the report; nothing is verified.
Result<attest::snp::Report> read_report(const std::string& path);

/// The processor's product where the report tells it, else the option's, if any.
std::optional<attest::snp::Product> product_of(const attest::snp::Report& report,
                                               const std::string& option);

/// Appraises against AMD's roots: a check "genuine" with the verifier's steps, and what is known
/// when it is. An error when the files cannot be read.
Result<std::optional<attest::snp::Genuine>> appraise(const EvidenceInput& input,
                                                     attest::Check& genuine);

/// A check "policy" with what each key decides; skipped without policy or claims.
attest::Check examine(const std::optional<attest::AppraisalPolicy>& policy,
                      const std::optional<attest::Claims>& claims);

}  // namespace ucx_crypto::cli
