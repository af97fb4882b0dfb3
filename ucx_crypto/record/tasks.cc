#include "ucx_crypto/record/tasks.h"

#include <utility>

namespace ucx_crypto::record {

void SealTask::run(unsigned lane) noexcept {
    aead::Cipher* cipher = lanes_->cipher(lane, size_);
    const auto parts = std::span<const ByteView>(parts_).first(part_count_);
    const bool sealed = cipher != nullptr && cipher->seal(nonce_, header_, parts, out_);
    phase_ = sealed ? Phase::kSealed : Phase::kFailed;
}

void SealTask::drop() {
    if (phase_ != Phase::kVoid) {
        dropped_->store(true, std::memory_order_relaxed);
        phase_ = Phase::kVoid;
    }
}

void OpenTask::run(unsigned lane) noexcept {
    const MutableByteView sealed = record_.subspan(kHeaderSize);
    const size_t size = sealed.size() - aead::kTagSize;
    aead::Cipher* cipher = lanes_->cipher(lane, size);
    const bool genuine = cipher != nullptr &&
                         cipher->open(nonce_, record_.first(kHeaderSize), sealed, sealed.data());
    phase_ = genuine ? Phase::kGenuine : Phase::kFailed;
}

void OpenTask::discard() {
    if (std::exchange(phase_, Phase::kVoid) == Phase::kGenuine) {
        wipe(record_);
    }
    lanes_.reset();
}

}  // namespace ucx_crypto::record
