// AMD's key distribution service (document 57230, chapter 4), asked over HTTPS.
//
// What it answers needs no trust: the caller verifies it under the pinned roots.
#pragma once

#include <string>

#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/attest/snp/tcb.h"
#include "ucx_crypto/cli/download.h"

namespace ucx_crypto::cli {

inline constexpr char kAmdKds[] = "https://kdsintf.amd.com";

/// The path of the VCEK for the chip and reported TCB of `report`.
std::string vcek_path(const attest::snp::Report& report, attest::snp::Product product);

/// VCEK and chain, as endorsements in wire form. kUnsupported for a report that a VLEK signed: the
/// provider has that one. kNotFound, kIo and kTimedOut as the service and the network answer.
Result<Bytes> fetch_endorsements(const std::string& service, const attest::snp::Report& report,
                                 attest::snp::Product product, const Retries& retries);

/// The revocation list for the chains of `signer`'s kind, as the service gives it.
Result<Bytes> fetch_revocation_list(const std::string& service, attest::snp::Signer signer,
                                    attest::snp::Product product, const Retries& retries);

}  // namespace ucx_crypto::cli
