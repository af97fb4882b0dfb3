// Records whose sequence numbers have been taken, to be sealed or opened by any thread.
//
// Sealer::reserve() and Opener::reserve() prepare a task, a pool or its owner runs it once, and
// Sealer::confirm() and Opener::take() accept the tasks in the order in which they were reserved.
// Nobody but those two classes reaches nonce and key.
#pragma once

#include "ucx_crypto/helpers/task.h"
#include "ucx_crypto/record/header.h"
#include "ucx_crypto/record/lanes.h"

namespace ucx_crypto::record {

inline constexpr size_t kMaxTaskParts = 16;  ///< of one record's plaintext

/// A DATA record that is yet to be sealed. What it was prepared with (parts and room) stays until
/// it is done().
class SealTask final : public helpers::Task {
  public:
    /// A record that was reserved and never confirmed ends its direction: the sequence number is
    /// gone, and the peer would wait for it.
    ~SealTask() override { drop(); }

    void run(unsigned lane) noexcept override;

  private:
    friend class Sealer;
    enum class Phase : uint8_t { kVoid, kReserved, kSealed, kFailed };

    void drop();

    Phase phase_ = Phase::kVoid;
    uint64_t number_ = 0;  // among the reserved records of the direction
    std::shared_ptr<Lanes> lanes_;
    std::shared_ptr<std::atomic<bool>> dropped_;  // of the direction
    aead::NonceBytes nonce_{};
    HeaderBytes header_{};
    std::array<ByteView, kMaxTaskParts> parts_;
    size_t part_count_ = 0;
    size_t size_ = 0;
    uint8_t* out_ = nullptr;  // behind the header
};

/// A DATA record that is yet to be opened, in place.
class OpenTask final : public helpers::Task {
  public:
    void run(unsigned lane) noexcept override;

    /// Wipes a plaintext that nobody may take any more. Only while its buffer exists, and not in
    /// flight.
    void discard();

  private:
    friend class Opener;
    enum class Phase : uint8_t { kVoid, kReserved, kGenuine, kFailed };

    Phase phase_ = Phase::kVoid;
    uint64_t number_ = 0;
    std::shared_ptr<Lanes> lanes_;
    aead::NonceBytes nonce_{};
    MutableByteView record_;  // header, ciphertext and tag
};

}  // namespace ucx_crypto::record
