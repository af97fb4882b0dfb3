// The deterministic nonce of a record: static IV xor 64-bit sequence number (RFC 8446 section 5.3,
// NIST SP 800-38D section 8.2.1).
#pragma once

#include <endian.h>

#include <optional>

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::record {

/// Gives each nonce of one epoch once. Not copyable, so that no two sequences share a key.
class NonceSequence {
  public:
    explicit NonceSequence(const aead::NonceBytes& static_iv, uint64_t first = 0) : next_(first) {
        std::memcpy(fixed_.data(), static_iv.data(), fixed_.size());
        for (size_t i = fixed_.size(); i < static_iv.size(); ++i) {
            varying_ = varying_ << 8 | static_iv[i];
        }
    }
    NonceSequence(const NonceSequence&) = delete;
    NonceSequence& operator=(const NonceSequence&) = delete;
    NonceSequence(NonceSequence&& other) noexcept
        : fixed_(other.fixed_),
          varying_(other.varying_),
          next_(other.next_),
          exhausted_(std::exchange(other.exhausted_, true)) {}
    NonceSequence& operator=(NonceSequence&& other) noexcept {
        fixed_ = other.fixed_;
        varying_ = other.varying_;
        next_ = other.next_;
        exhausted_ = std::exchange(other.exhausted_, true);
        return *this;
    }

    /// The next nonce, or nothing once all 2^64 have been given.
    std::optional<aead::NonceBytes> next() {
        if (exhausted_) {
            return std::nullopt;
        }
        // Whole words, as a cipher reads them: a load that spans several stores waits for them.
        std::optional<aead::NonceBytes> nonce(std::in_place);
        const uint64_t end = htobe64(varying_ ^ next_);
        std::memcpy(nonce->data(), fixed_.data(), fixed_.size());
        std::memcpy(nonce->data() + fixed_.size(), &end, sizeof(end));
        exhausted_ = ++next_ == 0;
        return nonce;
    }

    /// Nonces given so far.
    uint64_t count() const { return next_; }

  private:
    // The static IV: its first bytes, and the rest as a number.
    std::array<uint8_t, aead::kNonceSize - sizeof(uint64_t)> fixed_;
    uint64_t varying_ = 0;
    uint64_t next_;
    bool exhausted_ = false;
};

}  // namespace ucx_crypto::record
