// Hashes and key derivation of the handshake, from an OpenSSL library context of our own.
//
// The process's default context takes its providers and properties from OPENSSL_CONF; this one has
// the default provider, loaded explicitly, and no configuration.
#pragma once

#include <openssl/types.h>

#include <array>
#include <string>
#include <string_view>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"
#include "ucx_crypto/base/secret.h"

namespace ucx_crypto::handshake {

inline constexpr size_t kHashSize = 48;  // SHA-384
using Hash = std::array<uint8_t, kHashSize>;
using Sha256Digest = std::array<uint8_t, 32>;

/// The library context, made on first use and kept for the life of the process. Any thread.
Result<OSSL_LIB_CTX*> crypto_library();

/// The oldest entry of this thread's OpenSSL error queue in words, and an empty queue afterwards.
std::string take_openssl_error();

Result<Sha256Digest> sha256(ByteView data);
Result<Hash> sha384(ByteView data);
/// HMAC-SHA-384. `key` is not empty.
Result<Hash> hmac(ByteView key, ByteView data);

/// HKDF-Extract with SHA-384 (RFC 5869 section 2.2). `salt` is not empty.
Result<SecretBytes> hkdf_extract(ByteView salt, ByteView input_key);
/// HKDF-Expand with SHA-384 (RFC 5869 section 2.3), info = label, a zero byte, `context`. One block
/// is all that the protocol needs: `size` <= 48.
Result<SecretBytes> hkdf_expand(const SecretBytes& key, std::string_view label, ByteView context,
                                size_t size = kHashSize);

}  // namespace ucx_crypto::handshake
