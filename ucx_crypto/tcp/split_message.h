// Active messages that come in several records.
#pragma once

#include "ucx_crypto/tcp/buffer_pool.h"
#include "ucx_crypto/tcp/frame.h"

namespace ucx_crypto::tcp {

/// Plaintext of a split message's records but the last: the receiver opens one while the next is
/// sealed and sent (README.md has what other sizes gave).
inline constexpr size_t kSplitRecord = 48 * 1024;

/// Puts one split message together, in memory that no peer can reach. Holds a buffer of the pool
/// only while the message is incomplete.
class SplitMessage {
  public:
    /// Whether a message has begun and is not complete.
    bool incomplete() const { return missing_ != 0; }
    /// Where the plaintext of the next record should be, so that add() need not copy it. Empty when
    /// it does not belong to the message.
    MutableByteView destination_of_next(size_t plaintext_size);
    /// The same for a record that may be the beginning of a message.
    MutableByteView destination_of_first(size_t plaintext_size, BufferPool& pool);

    /// `frame` is the split message at the end of `plaintext`. kProtocol when it is longer than
    /// `largest`.
    Status begin(const Frame& frame, ByteView plaintext, size_t largest, BufferPool& pool);
    /// The next record of the message. kProtocol when it is empty or holds more than is missing.
    Status add(ByteView plaintext);

    uint8_t am_id() const { return am_id_; }
    /// Of a complete message; valid until release().
    MutableByteView payload() { return buffer_->readable().subspan(kFrameHeaderSize); }
    /// Gives the buffer back, with what there is of a message.
    void release(BufferPool& pool);

  private:
    std::unique_ptr<Buffer> buffer_;  // header and payload
    size_t missing_ = 0;
    uint8_t am_id_ = 0;
};

}  // namespace ucx_crypto::tcp
