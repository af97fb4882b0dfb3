#include "ucx_crypto/tcp/split_message.h"

#include <algorithm>
#include <cstring>

namespace ucx_crypto::tcp {
namespace {

/// Appends `bytes`, which may be where they go already, or overlap it further on.
void append(Buffer& buffer, ByteView bytes) {
    uint8_t* place = buffer.writable().data();
    if (bytes.data() != place) {
        std::memmove(place, bytes.data(), bytes.size());
    }
    buffer.produced(bytes.size());
}

}  // namespace

MutableByteView SplitMessage::destination_of_next(size_t plaintext_size) {
    return plaintext_size <= missing_ ? buffer_->writable().first(plaintext_size)
                                      : MutableByteView();
}

MutableByteView SplitMessage::destination_of_first(size_t plaintext_size, BufferPool& pool) {
    if (!buffer_) {
        buffer_ = pool.acquire();
    }
    return buffer_->writable().first(plaintext_size);
}

Status SplitMessage::begin(const Frame& frame, ByteView plaintext, size_t largest,
                           BufferPool& pool) {
    if (frame.header.length > std::min(largest, pool.capacity() - kFrameHeaderSize)) {
        return Error(ErrorCode::kProtocol, "split message: expected at most " +
                                               std::to_string(largest) + " bytes, found " +
                                               std::to_string(frame.header.length));
    }
    if (!buffer_) {
        buffer_ = pool.acquire();
    }
    append(*buffer_, plaintext.last(kFrameHeaderSize + frame.body.size()));
    am_id_ = frame.header.am_id;
    missing_ = frame.header.length - frame.body.size();
    return success();
}

Status SplitMessage::add(ByteView plaintext) {
    if (plaintext.empty() || plaintext.size() > missing_) {
        return Error(ErrorCode::kProtocol, "split message: expected a record of 1 to " +
                                               std::to_string(missing_) + " bytes, found " +
                                               std::to_string(plaintext.size()));
    }
    append(*buffer_, plaintext);
    missing_ -= plaintext.size();
    return success();
}

void SplitMessage::release(BufferPool& pool) {
    pool.release(std::move(buffer_));
    missing_ = 0;
}

}  // namespace ucx_crypto::tcp
