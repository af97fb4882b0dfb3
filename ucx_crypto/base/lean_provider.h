// OpenSSL's default provider with only those key types and encodings that the house uses.
//
// For each public key that it decodes, so for the peer's certificate in every handshake, OpenSSL 3
// goes through all key types and all decoders of its library context, several times. Most of them
// are for keys that nothing here accepts: they took more time than the handshake's signatures.
#pragma once

#include <openssl/types.h>

namespace ucx_crypto {

/// A new library context with the algorithms of the default provider in `whole`, which has loaded
/// it and lives as long as the process; of keys it has EC, RSA, X25519 and ML-KEM, of decoders
/// those of EC and RSA public keys inside certificates. Null when OpenSSL fails. Once per process.
OSSL_LIB_CTX* make_lean_library(OSSL_PROVIDER* whole);

}  // namespace ucx_crypto
