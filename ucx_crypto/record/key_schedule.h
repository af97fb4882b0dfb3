// From the traffic secret of one direction to the key and static IV of each epoch. WIRE.md has the
// labels.
#pragma once

#include "ucx_crypto/aead/provider.h"
#include "ucx_crypto/record/record.h"

namespace ucx_crypto::record {

inline constexpr size_t kTrafficSecretSize = 48;  // SHA-384

/// Key and static IV of one epoch.
struct EpochKeys {
    SecretBytes key;
    aead::NonceBytes static_iv;
};

/// An HKDF ratchet: next_epoch() replaces, and wipes, the secret, so that a later secret says
/// nothing about an earlier epoch.
class KeySchedule {
  public:
    static Result<KeySchedule> create(TrafficSecret secret);

    aead::Algorithm algorithm() const { return algorithm_; }
    uint16_t epoch() const { return epoch_; }
    Result<EpochKeys> keys() const;
    /// kExhausted after epoch 65535.
    Status next_epoch();

  private:
    KeySchedule(aead::Algorithm algorithm, SecretBytes secret)
        : algorithm_(algorithm), secret_(std::move(secret)) {}

    aead::Algorithm algorithm_;
    SecretBytes secret_;
    uint16_t epoch_ = 0;
};

}  // namespace ucx_crypto::record
