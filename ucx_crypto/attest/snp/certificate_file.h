// Certificates in files, as AMD's key distribution service and snpguest write them: DER or PEM.
#pragma once

#include <string>
#include <vector>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"

namespace ucx_crypto::attest::snp {

/// The certificates (DER each, nothing verified) in `contents`: one in DER, or one and more in PEM.
/// kInvalidArgument when there is none, or too many for a chain. `name` is for messages.
Result<std::vector<Bytes>> parse_certificates(ByteView contents, const std::string& name);

/// The same, of a file.
Result<std::vector<Bytes>> read_certificates(const std::string& path);

/// Completes a chain from the certificate files (.pem, .der, .crt, .cert) of a folder: those that
/// lead from `leaf` (DER) to a root. Returns endorsements in wire form, which a Verifier still has
/// to judge. kNotFound when an issuer is missing.
Result<Bytes> complete_chain(ByteView leaf, const std::string& folder);

}  // namespace ucx_crypto::attest::snp
