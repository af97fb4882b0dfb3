// Rings of ciphertext: how far the two sides are. Pure accounting; whose bytes they are, the
// records' tags decide.
#pragma once

#include <algorithm>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::stacked {

/// Stretches of at least so many bytes go through a ring: less is one active message or two.
inline constexpr size_t kRingThreshold = 16 * 1024;
inline constexpr size_t kMinRingSize = 64 * 1024;
/// Bounds what a peer can make us allocate for a copy of its ring.
inline constexpr size_t kMaxRingSize = size_t{16} << 20;

/// Consecutive bytes of a ring. Positions count from the first byte that ever went through it.
struct RingStretch {
    uint64_t position;
    size_t size;
};

/// Of the side that puts.
class RingWriter {
  public:
    void set_size(size_t size) { size_ = size; }
    size_t offset() const { return written_ % size_; }

    /// How many of `wanted` bytes may be put at offset() now: 0 when that is not worth while, as
    /// the peer has not given back enough.
    size_t room(size_t wanted) const {
        const size_t free = size_ - static_cast<size_t>(written_ - credited_);
        return wanted < kRingThreshold || free < kRingThreshold
                   ? 0
                   : std::min({wanted, free, size_ - offset()});
    }
    /// The peer is told of them: not before they are there.
    RingStretch written(size_t size) {
        const RingStretch stretch{written_, size};
        written_ += size;
        return stretch;
    }
    /// The peer has copied everything before `position`.
    Status credit(uint64_t position) {
        if (position <= credited_ || position > written_) {
            return Error(ErrorCode::kProtocol, "ring: expected credit for a position after " +
                                                   std::to_string(credited_) + ", up to " +
                                                   std::to_string(written_) + ", found one for " +
                                                   std::to_string(position));
        }
        credited_ = position;
        return success();
    }

  private:
    size_t size_ = 0;
    uint64_t written_ = 0;
    uint64_t credited_ = 0;
};

/// Of the side whose memory it is.
class RingReader {
  public:
    void set_size(size_t size) { size_ = size; }

    /// The offset of a stretch that the peer has announced; it must follow the one before, and end
    /// where the ring does at the latest.
    Result<size_t> read(const RingStretch& stretch) {
        const size_t offset = size_ == 0 ? 0 : static_cast<size_t>(read_ % size_);
        if (stretch.position != read_ || stretch.size == 0 || stretch.size > size_ - offset) {
            return Error(ErrorCode::kProtocol, "ring of " + std::to_string(size_) +
                                                   " bytes: expected a stretch at " +
                                                   std::to_string(read_) + ", found one of " +
                                                   std::to_string(stretch.size) + " bytes at " +
                                                   std::to_string(stretch.position));
        }
        read_ += stretch.size;
        return offset;
    }
    /// Whether enough has been read to tell the peer.
    bool owes_credit() const { return read_ - credited_ >= size_ / 4 && read_ != credited_; }
    uint64_t position() const { return read_; }
    void credit_given() { credited_ = read_; }

  private:
    size_t size_ = 0;
    uint64_t read_ = 0;
    uint64_t credited_ = 0;
};

}  // namespace ucx_crypto::stacked
