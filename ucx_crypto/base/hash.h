// SHA-2, and HMAC and HKDF over SHA-384.
#pragma once

#include <array>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"
#include "ucx_crypto/base/secret.h"

namespace ucx_crypto {

inline constexpr size_t kHashSize = 48;  // SHA-384
using Hash = std::array<uint8_t, kHashSize>;
using Sha256Digest = std::array<uint8_t, 32>;

Result<Sha256Digest> sha256(ByteView data);
Result<Hash> sha384(ByteView data);
/// HMAC-SHA-384 (RFC 2104). `key` is not empty.
Result<Hash> hmac(ByteView key, ByteView data);

/// HKDF-Extract with SHA-384 (RFC 5869 section 2.2): 48 bytes. `salt` is not empty.
Result<SecretBytes> hkdf_extract(ByteView salt, ByteView input_key);
/// HKDF-Expand with SHA-384 (RFC 5869 section 2.3) fills `out`. One block is all that the protocol
/// needs: at most 48 bytes.
Status hkdf_expand(ByteView pseudorandom_key, ByteView info, MutableByteView out);

}  // namespace ucx_crypto
