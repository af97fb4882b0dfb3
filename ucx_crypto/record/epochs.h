// One direction's keys from epoch to epoch, and what has been used of the present ones.
#pragma once

#include "ucx_crypto/record/key_schedule.h"
#include "ucx_crypto/record/lanes.h"
#include "ucx_crypto/record/nonce_sequence.h"

namespace ucx_crypto::record {

/// What a sealer and an opener have in common. One thread at a time; the lanes it gives out are
/// another matter (lanes.h).
class Epochs {
  public:
    /// At epoch 0. `make_cipher`: which of the two directions' ciphers.
    static Result<Epochs> create(TrafficSecret secret, EpochLimits limits,
                                 Lanes::MakeCipher make_cipher);

    /// Goes on to the next epoch, with new keys and every count at zero; the old keys are wiped.
    /// kExhausted after epoch 65535.
    Status advance();
    uint16_t number() const { return schedule_.epoch(); }
    /// Records of this epoch whose nonces have been given.
    uint64_t records() const { return nonces_.count(); }
    /// Whether the limits allow so many records more, with so many bytes of plaintext together.
    bool allows(uint64_t records, size_t size) const {
        return nonces_.count() + records <= limits_.max_records &&
               bytes_ + size <= limits_.max_bytes;
    }

    /// The nonce of a record with so many bytes of plaintext, which count from now on; nothing once
    /// all have been given.
    std::optional<aead::NonceBytes> next_nonce(size_t size) {
        bytes_ += size;
        return nonces_.next();
    }
    /// For a record with so many bytes of plaintext.
    aead::Cipher& cipher(size_t size) { return cipher_.for_size(size); }
    /// This epoch's ciphers for tasks; never null.
    Result<std::shared_ptr<Lanes>> lanes();

  private:
    Epochs(KeySchedule schedule, const aead::Selection& selection, EpochLimits limits,
           Lanes::MakeCipher make_cipher)
        : schedule_(std::move(schedule)),
          selection_(selection),
          limits_(limits),
          make_cipher_(make_cipher) {}
    Status set_up();

    KeySchedule schedule_;
    aead::Selection selection_;
    EpochLimits limits_;
    Lanes::MakeCipher make_cipher_;
    aead::SizedCipher cipher_;
    NonceSequence nonces_{{}};
    uint64_t bytes_ = 0;
    std::shared_ptr<Lanes> lanes_;  // once a task needs them
};

}  // namespace ucx_crypto::record
