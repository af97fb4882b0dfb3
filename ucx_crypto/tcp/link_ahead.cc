// What a link does with helper threads: records of large transfers are sealed before the socket
// takes them, and opened while the socket is read on. When these calls return nothing is in flight:
// no helper touches a user's buffer, or one of ours, between two calls of the engine.
#include <algorithm>
#include <cerrno>

#include "ucx_crypto/helpers/pipeline.h"
#include "ucx_crypto/record/tasks.h"
#include "ucx_crypto/tcp/link.h"
#include "ucx_crypto/tcp/record_counts.h"

namespace ucx_crypto::tcp {
namespace {

/// Below it, what a helper takes off is not worth the handing over.
constexpr size_t kWorthAhead = size_t{128} * 1024;
constexpr size_t kLargeRecord = size_t{16} * 1024;
/// Received in one call: other connections wait for it.
constexpr size_t kReceivedAhead = size_t{2} << 20;

}  // namespace

/// A window of records that are being opened.
class Link::OpenWindow : public helpers::Pipeline<record::OpenTask, 8> {
    using Pipeline::Pipeline;
};

helpers::Pool* Link::helpers_for(size_t size) {
    if (helpers_ == nullptr || path_ != nullptr || size < kWorthAhead) {
        return nullptr;
    }
    helpers::Pool* pool = helpers_->pool();
    return pool != nullptr && pool->ready() != 0 && !pool->resting() ? pool : nullptr;
}

helpers::Pool* Link::sealing_helpers(size_t size) {
    const bool idle =
        state_ == State::kOpen && !has_unsent() && channel_->handshake_output().empty() &&
        pool_.capacity() / kRecordSlots >= record::Sealer::sealed_bound(channel_->max_plaintext());
    return idle ? helpers_for(size) : nullptr;
}

Status Link::send_ahead(RecordSource& source, helpers::Pool& pool) {
    auto slots = pool_.acquire();
    const MutableByteView storage = slots->writable();
    const size_t slot_size = storage.size() / kRecordSlots;
    std::array<size_t, kRecordSlots> sizes{};
    size_t first = 0;  // slot of the front
    size_t sent = 0;   // of the front
    const Status status = [&]() -> Status {
        helpers::Pipeline<record::SealTask, kRecordSlots> window(pool);
        record::Sealer& sealer = channel_->sealer();
        const auto confirm_front = [&]() -> Status {
            window.finish_front();
            counters_.add(stats::Counter::kHelped, window.front().helped() ? 1 : 0);
            return sealer.confirm(window.front());
        };
        bool more = true;
        bool full = false;
        while (!full) {
            while (more && !window.full()) {
                const size_t slot = (first + window.size()) % kRecordSlots;
                const auto parts = source.next_record(slot);
                more = !parts.empty();
                if (more) {
                    sizes[slot] = UCX_CRYPTO_TRY(sealer.reserve(
                        parts, storage.subspan(slot * slot_size, slot_size), window.next()));
                    window.submit();
                    const size_t plaintext = total_size(parts);
                    count_sealed(counters_, record::RecordType::kData, plaintext, sizes[slot]);
                }
            }
            if (window.empty()) {
                break;
            }
            UCX_CRYPTO_TRY(confirm_front());
            full =
                !UCX_CRYPTO_TRY(send_some(storage.subspan(first * slot_size, sizes[first]), sent));
            if (!full) {
                window.pop();
                first = (first + 1) % kRecordSlots;
                sent = 0;
            }
        }
        // The socket is full: what has been reserved is sealed and kept.
        for (bool is_front = true; !window.empty(); is_front = false) {
            if (!is_front) {
                UCX_CRYPTO_TRY(confirm_front());
            }
            if (!tx_) {
                tx_ = pool_.acquire();
            }
            const ByteView rest = storage.subspan(first * slot_size, sizes[first]).subspan(sent);
            tx_->append(rest);
            blocked_ = true;
            counters_.add(stats::Counter::kBytesCopied, rest.size());
            window.pop();
            first = (first + 1) % kRecordSlots;
            sent = 0;
        }
        return success();
    }();
    pool_.release(std::move(slots));
    return status;
}

Result<bool> Link::send_some(ByteView bytes, size_t& sent) {
    while (sent != bytes.size()) {
        const ByteView unsent = bytes.subspan(sent);
        const ssize_t size = send_bytes(unsent);
        if (size < 0) {
            if (would_block(errno)) {
                return false;
            }
            return system_error("send", errno);
        }
        sent += static_cast<size_t>(size);
    }
    return true;
}

Result<unsigned> Link::receive_ahead(RecordSink& sink, helpers::Pool& pool) {
    auto other = pool_.acquire();
    unsigned count = 0;
    opening_ = true;
    const Status status = [&]() -> Status {
        OpenWindow window(pool);
        size_t received = 0;
        bool reading = true;
        while (true) {
            const Status begun = begin_opening(sink, window, count);
            const bool busy = !window.empty();
            reading = reading && begun.ok() && state_ == State::kOpen && received < kReceivedAhead;
            if (reading) {
                // Where records are being opened nothing may move: what follows them goes on in
                // the other buffer.
                if (busy) {
                    other->clear();
                    other->append(rx_->readable());
                    counters_.add(stats::Counter::kBytesCopied, rx_->readable().size());
                } else {
                    counters_.add(stats::Counter::kBytesCopied, rx_->compact());
                }
                Buffer& target = busy ? *other : *rx_;
                const ssize_t size = receive_bytes(target.writable());
                // The end of the stream, and a failure, are there for the next receive() too.
                target.produced(static_cast<size_t>(std::max<ssize_t>(size, 0)));
                received += static_cast<size_t>(std::max<ssize_t>(size, 0));
                UCX_CRYPTO_TRY(deliver_opened(sink, window, count));
                if (busy) {
                    std::swap(rx_, other);
                }
                reading = size > 0;
            } else {
                UCX_CRYPTO_TRY(deliver_opened(sink, window, count));
            }
            if (!begun.ok()) {
                return Error(begun.error());
            }
            if (!reading && !busy) {
                return success();
            }
        }
    }();
    opening_ = false;
    pool_.release(std::move(other));
    if (state_ != State::kOpen || rx_->empty()) {
        pool_.release(std::move(rx_));
    } else {
        counters_.add(stats::Counter::kBytesCopied, rx_->compact());
    }
    if (!status.ok()) {
        return Error(status.error());
    }
    return count;
}

/// Takes complete records off rx_. Those that are worth it are begun, the others are opened and
/// handed on here, after those before them.
Status Link::begin_opening(RecordSink& sink, OpenWindow& window, unsigned& count) {
    record::Opener& opener = channel_->opener();
    while (state_ == State::kOpen && !window.full()) {
        const size_t size = UCX_CRYPTO_TRY(opener.record_size(rx_->readable()));
        if (size == 0 || size > rx_->readable().size()) {
            break;
        }
        const MutableByteView bytes = rx_->readable().first(size);
        const bool large = size >= kLargeRecord && !opener.closed();
        if (large && UCX_CRYPTO_TRY(opener.reserve(bytes, window.next()))) {
            window.submit();
            rx_->consumed(size);
            continue;
        }
        UCX_CRYPTO_TRY(deliver_opened(sink, window, count));
        if (state_ != State::kOpen) {
            break;
        }
        const auto opened = UCX_CRYPTO_TRY(opener.open(bytes));
        rx_->consumed(size);
        ++count;
        count_opened(counters_, *opened);
        UCX_CRYPTO_TRY(sink.on_record(opened->type, opened->plaintext));
    }
    return success();
}

/// Hands on what has been begun, in order. Behind a record that is not genuine, or that closes the
/// link, nothing is handed on.
Status Link::deliver_opened(RecordSink& sink, OpenWindow& window, unsigned& count) {
    Status status = success();
    while (!window.empty()) {
        window.finish_front();
        if (status.ok() && state_ == State::kOpen) {
            auto opened = channel_->opener().take(window.front());
            if (opened.ok()) {
                ++count;
                count_opened(counters_, *opened);
                counters_.add(stats::Counter::kHelped, window.front().helped() ? 1 : 0);
                status = sink.on_record(opened->type, opened->plaintext);
            } else {
                status = std::move(opened).error();
            }
        }
        window.front().discard();
        window.pop();
    }
    return status;
}

}  // namespace ucx_crypto::tcp
