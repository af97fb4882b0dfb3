// The deterministic nonce of a record: static IV xor 64-bit sequence number (RFC 8446 section 5.3,
// NIST SP 800-38D section 8.2.1).
#pragma once

#include <optional>

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::record {

/// Gives each nonce of one epoch once. Not copyable, so that no two sequences share a key.
class NonceSequence {
  public:
    explicit NonceSequence(const aead::NonceBytes& static_iv, uint64_t first = 0)
        : static_iv_(static_iv), next_(first) {}
    NonceSequence(const NonceSequence&) = delete;
    NonceSequence& operator=(const NonceSequence&) = delete;
    NonceSequence(NonceSequence&& other) noexcept
        : static_iv_(other.static_iv_),
          next_(other.next_),
          exhausted_(std::exchange(other.exhausted_, true)) {}
    NonceSequence& operator=(NonceSequence&& other) noexcept {
        static_iv_ = other.static_iv_;
        next_ = other.next_;
        exhausted_ = std::exchange(other.exhausted_, true);
        return *this;
    }

    /// The next nonce, or nothing once all 2^64 have been given.
    std::optional<aead::NonceBytes> next() {
        if (exhausted_) {
            return std::nullopt;
        }
        aead::NonceBytes nonce = static_iv_;
        for (size_t i = 0; i < 8; ++i) {
            nonce[aead::kNonceSize - 1 - i] ^= static_cast<uint8_t>(next_ >> (8 * i));
        }
        exhausted_ = ++next_ == 0;
        return nonce;
    }

    /// Nonces given so far.
    uint64_t count() const { return next_; }

  private:
    aead::NonceBytes static_iv_;
    uint64_t next_;
    bool exhausted_ = false;
};

}  // namespace ucx_crypto::record
