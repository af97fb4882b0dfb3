// Buffers for sealed and received bytes, lent to a connection only while it has some.
#pragma once

#include <memory>
#include <vector>

#include "ucx_crypto/base/bytes.h"

namespace ucx_crypto::tcp {

/// A window [begin, end) of valid bytes inside one fixed allocation.
class Buffer {
  public:
    explicit Buffer(size_t capacity) : storage_(new uint8_t[capacity]), capacity_(capacity) {}

    MutableByteView readable() { return {storage_.get() + begin_, end_ - begin_}; }
    MutableByteView writable() { return {storage_.get() + end_, capacity_ - end_}; }
    bool empty() const { return begin_ == end_; }

    void produced(size_t size) { end_ += size; }
    /// There must be room.
    void append(ByteView bytes) {
        if (!bytes.empty()) {
            std::memcpy(storage_.get() + end_, bytes.data(), bytes.size());
            end_ += bytes.size();
        }
    }
    void consumed(size_t size) {
        begin_ += size;
        if (begin_ == end_) {
            begin_ = end_ = 0;
        }
    }
    /// Moves the valid bytes to the front, so that everything behind them is writable. Returns how
    /// many it moved.
    size_t compact() {
        if (begin_ == 0) {
            return 0;
        }
        std::memmove(storage_.get(), storage_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        return end_;
    }
    void clear() { begin_ = end_ = 0; }

  private:
    std::unique_ptr<uint8_t[]> storage_;
    size_t capacity_;
    size_t begin_ = 0;
    size_t end_ = 0;
};

/// Keeps at most `keep` idle buffers; idle connections hold none. One thread at a time.
class BufferPool {
  public:
    BufferPool(size_t capacity, size_t keep) : capacity_(capacity), keep_(keep) {}

    std::unique_ptr<Buffer> acquire() {
        if (idle_.empty()) {
            return std::make_unique<Buffer>(capacity_);
        }
        auto buffer = std::move(idle_.back());
        idle_.pop_back();
        return buffer;
    }

    void release(std::unique_ptr<Buffer> buffer) {
        if (buffer && idle_.size() < keep_) {
            buffer->clear();
            idle_.push_back(std::move(buffer));
        }
    }

    size_t capacity() const { return capacity_; }

  private:
    size_t capacity_;
    size_t keep_;
    std::vector<std::unique_ptr<Buffer>> idle_;
};

}  // namespace ucx_crypto::tcp
