// The signature of an attestation report: ECDSA over P-384 with SHA-384 (document 56860, chapter
// "Digital Signatures"), by OpenSSL.
#pragma once

#include <openssl/x509.h>

#include "ucx_crypto/attest/snp/report.h"

namespace ucx_crypto::attest::snp {

/// Whether the first kSignedSize bytes of `bytes`, of which `report` was parsed, carry the
/// signature of the key in `leaf`. OpenSSL refuses R and S outside 1 to n - 1. kAuthentication
/// otherwise.
Status check_report_signature(ByteView bytes, const Report& report, X509* leaf);

}  // namespace ucx_crypto::attest::snp
