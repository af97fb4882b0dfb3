// Messages of an interface to itself: they never touch a socket.
#pragma once

#include <deque>

#include "ucx_crypto/base/bytes.h"

namespace ucx_crypto::tcp {

/// A bounded queue of active messages, delivered by progress() so that a send never runs a handler.
class Loopback {
  public:
    static constexpr size_t kMaxQueued = size_t{4} << 20;

    /// False when the queue is full.
    bool push(uint8_t am_id, std::span<const ByteView> parts) {
        if (!has_room()) {
            return false;
        }
        Message message{am_id, {}};
        const size_t size = total_size(parts);
        message.payload.reserve(size);
        for (const ByteView part : parts) {
            message.payload.insert(message.payload.end(), part.begin(), part.end());
        }
        queued_ += size;
        messages_.push_back(std::move(message));
        return true;
    }

    bool has_room() const { return queued_ <= kMaxQueued; }
    bool empty() const { return messages_.empty(); }

    /// Hands the messages that are there now to `deliver(am_id, payload)`; returns how many.
    template <typename Deliver>
    unsigned drain(Deliver deliver) {
        const size_t count = messages_.size();
        for (size_t i = 0; i < count; ++i) {
            Message message = std::move(messages_.front());
            messages_.pop_front();
            queued_ -= message.payload.size();
            deliver(message.am_id, MutableByteView(message.payload));
        }
        return static_cast<unsigned>(count);
    }

  private:
    struct Message {
        uint8_t am_id;
        Bytes payload;
    };
    std::deque<Message> messages_;
    size_t queued_ = 0;
};

}  // namespace ucx_crypto::tcp
