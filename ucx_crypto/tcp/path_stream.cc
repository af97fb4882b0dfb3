#include "ucx_crypto/tcp/path_stream.h"

#include <algorithm>
#include <utility>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/tcp/record_counts.h"

namespace ucx_crypto::tcp {

PathStream::PathStream(PathFactory& factory, channel::Stream stream, RecordSink& sink,
                       PathObserver& observer, uint64_t link_serial, BufferPool& pool,
                       stats::Counters& counters)
    : factory_(factory),
      stream_(std::move(stream)),
      sink_(sink),
      observer_(observer),
      link_serial_(link_serial),
      pool_(pool),
      counters_(counters) {}

PathStream::~PathStream() {
    close();
}

void PathStream::close() {
    state_ = State::kClosed;
    path_.reset();
    pool_.release(std::move(tx_));
    if (!opening_) {
        pool_.release(std::move(rx_));
    }
}

void PathStream::announce(Message kind, ByteView body) {
    Bytes message{static_cast<uint8_t>(kind)};
    message.insert(message.end(), body.begin(), body.end());
    messages_.push_back(std::move(message));
}

Status PathStream::start() {
    if (state_ == State::kNew) {
        path_ = UCX_CRYPTO_TRY(factory_.create_path(*this, counters_));
        announce(Message::kAddress, UCX_CRYPTO_TRY(path_->address()));
        state_ = State::kAnnounced;
    }
    return success();
}

Status PathStream::on_message(ByteView message) {
    UCX_CRYPTO_TRY(start());
    const auto kind = static_cast<Message>(message.empty() ? 0 : message[0]);
    if (kind == Message::kAddress && state_ == State::kAnnounced) {
        UCX_CRYPTO_TRY(path_->connect(message.subspan(1)));
        announce(Message::kReady, {});
        state_ = State::kConnected;
        return success();
    }
    if (kind == Message::kReady && message.size() == 1 &&
        (state_ == State::kConnected || state_ == State::kOpen)) {
        become_open();  // the peer's first bytes may have been quicker
        return success();
    }
    if (kind == Message::kUnused && message.size() == 1) {
        unused_ = true;
        return success();
    }
    return Error(ErrorCode::kProtocol,
                 "expected a peer that sets up a path for its records, found another message: "
                 "both sides need the same transport");
}

void PathStream::become_open() {
    opened_ = opened_ || state_ != State::kOpen;
    state_ = State::kOpen;
}

void PathStream::announce_unused() {
    if (!std::exchange(said_unused_, true)) {
        announce(Message::kUnused, {});
    }
}

ByteView PathStream::message() const {
    return messages_.empty() ? ByteView() : ByteView(messages_.front());
}

void PathStream::message_sent() {
    messages_.erase(messages_.begin());
}

bool PathStream::has_room(size_t plaintext_size) const {
    const size_t need = record::Sealer::sealed_bound(plaintext_size);
    return state_ == State::kOpen && (tx_ ? tx_->writable().size() : pool_.capacity()) >= need;
}

Result<bool> PathStream::send_record(record::RecordType type, std::span<const ByteView> parts) {
    const size_t size = total_size(parts);
    if (!has_room(size)) {
        return false;
    }
    if (!tx_) {
        tx_ = pool_.acquire();
    }
    const size_t sealed = UCX_CRYPTO_TRY(stream_.sealer.seal(type, parts, tx_->writable()));
    tx_->produced(sealed);
    count_sealed(counters_, type, size, sealed);
    if (!corked_) {
        UCX_CRYPTO_TRY(flush());
    }
    return true;
}

Status PathStream::uncork() {
    corked_ = false;
    return flush();
}

Status PathStream::flush() {
    if (state_ != State::kOpen || !has_unsent()) {
        return success();
    }
    if (!in_original_process()) [[unlikely]] {
        return Error(ErrorCode::kInternal,
                     "a forked child may not send what waits on its parent's connection");
    }
    const size_t unsent = tx_->readable().size();
    const size_t taken = UCX_CRYPTO_TRY(path_->send(tx_->readable()));
    tx_->consumed(taken);
    counters_.add(stats::Counter::kSendCalls);
    counters_.add(stats::Counter::kBytesSent, taken);
    if (taken == unsent) {
        pool_.release(std::move(tx_));
    } else if (tx_->readable().size() < pool_.capacity() / 4) {
        counters_.add(stats::Counter::kBytesCopied,
                      tx_->compact());  // moving what is left is worth it once little of it is left
    }
    return success();
}

bool PathStream::drained() {
    return state_ != State::kOpen || !flush().ok() || (!has_unsent() && path_->drained());
}

void PathStream::on_path_failed(const Error& error) {
    if (!failure_) {
        failure_ = error;
    }
    observer_.on_path_activity(link_serial_);
}

void PathStream::on_path_bytes(ByteView bytes) {
    if (failure_ || deaf_) {
        return;
    }
    const Status taken = take(bytes);
    if (!taken.ok() && !failure_) {
        failure_ = taken.error();
    }
    observer_.on_path_activity(link_serial_);
}

Status PathStream::take(ByteView bytes) {
    if (state_ != State::kConnected && state_ != State::kOpen) {
        return Error(ErrorCode::kProtocol, "bytes came over a path that leads to nobody yet");
    }
    if (opening_) {
        return Error(ErrorCode::kInternal,
                     "expected the inner transport to deliver in its progress only");
    }
    while (!bytes.empty() && state_ != State::kClosed) {
        if (!rx_) {
            rx_ = pool_.acquire();
        }
        const size_t size = std::min(bytes.size(), rx_->writable().size());
        if (size == 0) {
            return Error(ErrorCode::kProtocol, "a record larger than any that is allowed");
        }
        std::memcpy(rx_->writable().data(), bytes.data(), size);
        counters_.add(stats::Counter::kBytesReceived, size);
        counters_.add(stats::Counter::kBytesCopied, size);
        rx_->produced(size);
        bytes = bytes.subspan(size);
        UCX_CRYPTO_TRY(open_records());
    }
    return success();
}

Status PathStream::open_records() {
    opening_ = true;
    Status status = success();
    while (status.ok() && state_ != State::kClosed && !rx_->empty()) {
        auto opened = stream_.opener.open(rx_->readable());
        if (!opened.ok()) {
            status = std::move(opened).error();
        } else if (!opened->has_value()) {
            break;
        } else {
            // Who sends over the path has heard that we are ready, and was so before it said so.
            become_open();
            const record::OpenedRecord record = **opened;
            count_opened(counters_, record);
            status = sink_.on_record(record.type, record.plaintext);
            rx_->consumed(record.consumed);
        }
    }
    opening_ = false;
    if (state_ == State::kClosed || rx_->empty()) {
        pool_.release(std::move(rx_));
    } else {
        counters_.add(stats::Counter::kBytesCopied, rx_->compact());
    }
    return status;
}

}  // namespace ucx_crypto::tcp
