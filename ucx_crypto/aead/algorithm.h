// The AEAD algorithms of the record layer and their sizes (RFC 5116, NIST SP 800-38D).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::aead {

/// Values are wire values (CONFIRM message).
enum class Algorithm : uint8_t { kAes128Gcm = 1, kAes256Gcm = 2 };

inline constexpr size_t kNonceSize = 12;
inline constexpr size_t kTagSize = 16;

constexpr size_t key_size(Algorithm algorithm) {
    return algorithm == Algorithm::kAes128Gcm ? 16 : 32;
}

/// "AES-256-GCM"; parse_algorithm accepts this name in any case, and "aes256"/"aes128".
std::string_view to_string(Algorithm algorithm);
/// "aes256": how users set it (UCX_CRYPTO_ALGORITHM).
std::string_view setting_of(Algorithm algorithm);
Result<Algorithm> parse_algorithm(std::string_view name);

}  // namespace ucx_crypto::aead
