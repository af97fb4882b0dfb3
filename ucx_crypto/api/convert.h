// Values between the C interface and the house's own types.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>

#include "ucx_crypto/attest/attestation.h"
#include "ucx_crypto/claims.h"
#include "ucx_crypto/status.h"

namespace ucx_crypto::api {

ucx_crypto_status_t to_status(ErrorCode code);
/// Codes that this version does not know, and UCX_CRYPTO_OK, are kInternal.
ErrorCode to_error_code(ucx_crypto_status_t status);

ucx_crypto_claims_t to_c(const attest::Claims& claims);
/// What a registered verifier has written; kInvalidArgument for sizes or texts out of bounds.
Result<attest::Claims> from_c(const ucx_crypto_claims_t& claims);

template <size_t N>
void copy_text(char (&out)[N], std::string_view text) {
    const size_t size = std::min(text.size(), N - 1);
    std::memcpy(out, text.data(), size);
    out[size] = '\0';
}

}  // namespace ucx_crypto::api
