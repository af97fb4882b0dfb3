#include "ucx_crypto/tcp/link.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/tcp/record_counts.h"

namespace ucx_crypto::tcp {
namespace {

/// A copy of less costs no more than to ask where it should go.
constexpr size_t kSmallestWithDestination = 4096;

}  // namespace

Link::Link(UniqueFd socket, std::unique_ptr<channel::SecureChannel> channel, channel::Role role,
           BufferPool& pool, stats::Counters& counters, helpers::Service* helpers)
    : socket_(std::move(socket)),
      channel_(std::move(channel)),
      role_(role),
      state_(role == channel::Role::kClient ? State::kConnecting : State::kHandshake),
      admitted_(role == channel::Role::kClient),
      pool_(pool),
      counters_(counters),
      helpers_(helpers) {}

Link::~Link() {
    close();
}

void Link::list(const channel::InstanceId& own, aead::Algorithm algorithm) {
    listed_ = channel::ListedConnection({own, channel_->peer_instance(), peer_name(),
                                         role_ == channel::Role::kServer, algorithm,
                                         channel_->peer_statement(), channel_->peer_claims()});
}

std::string Link::peer_name() const {
    const auto address = peer_address(socket_);
    return address.ok() ? address->to_string() : "an unknown address";
}

void Link::close() {
    listed_.remove();
    socket_.reset();
    state_ = State::kClosed;
    if (path_) {
        path_->close();
    }
    pool_.release(std::move(tx_));
    if (!opening_) {
        pool_.release(std::move(rx_));
    }
}

bool Link::wants_write() const {
    switch (state_) {
        case State::kConnecting:
            return true;
        case State::kHandshake:
            return !channel_->handshake_output().empty();
        case State::kOpen:
            return blocked_ || (!last_flight_sent_ && !channel_->handshake_output().empty());
        case State::kHeld:
        case State::kClosed:
            return false;
    }
    return false;
}

Status Link::drive_handshake() {
    // The client speaks first; afterwards each side answers what it has read.
    const Status spoken = connect_and_speak();
    if (!spoken.ok() && spoken.error().code() != ErrorCode::kClosed) {
        return Error(spoken.error());
    }
    // Where the peer was there and has gone, what it said last is why.
    const Status received = receive_handshake();
    if (!received.ok()) {
        // The generic alert, if there is one, is the last thing the peer hears from us.
        const Status alerted = send_handshake();
        static_cast<void>(alerted);
        return Error(received.error());
    }
    UCX_CRYPTO_TRY(spoken);
    update_handshake_state();
    return send_handshake();
}

Status Link::connect_and_speak() {
    if (state_ == State::kConnecting) {
        state_ = State::kHandshake;
        UCX_CRYPTO_TRY(connect_result(socket_));
    }
    return send_handshake();
}

void Link::update_handshake_state() {
    if (!admitted_ && channel_->peer_verified()) {
        state_ = State::kHeld;
    } else if (channel_->phase() == channel::SecureChannel::Phase::kOpen) {
        state_ = State::kOpen;
        sealer_ = &channel_->sealer();
        opener_ = &channel_->opener();
        max_plaintext_ = channel_->max_plaintext();
    }
}

Status Link::admit() {
    admitted_ = true;
    state_ = State::kHandshake;
    update_handshake_state();
    return send_handshake();
}

Status Link::receive_handshake() {
    while (state_ == State::kHandshake) {
        if (!rx_) {
            rx_ = pool_.acquire();
        }
        const ssize_t size = receive_bytes(rx_->writable());
        if (size == 0) {
            return Error(ErrorCode::kClosed, "the peer closed the connection in the handshake");
        }
        if (size < 0) {
            if (!would_block(errno)) {
                return system_error("receive", errno);
            }
            if (rx_->empty()) {
                pool_.release(std::move(rx_));
            }
            return success();
        }
        rx_->produced(static_cast<size_t>(size));
        rx_->consumed(UCX_CRYPTO_TRY(channel_->receive_handshake(rx_->readable())));
        counters_.add(stats::Counter::kBytesCopied, rx_->compact());
        if (rx_->writable().empty() && channel_->phase() != channel::SecureChannel::Phase::kOpen) {
            return Error(ErrorCode::kProtocol, "handshake: the peer sent more than fits");
        }
        update_handshake_state();
        UCX_CRYPTO_TRY(send_handshake());
    }
    return success();
}

Status Link::send_handshake() {
    while (state_ != State::kHeld && !channel_->handshake_output().empty()) {
        const ByteView output = channel_->handshake_output();
        const ssize_t size = send_bytes(output);
        if (size < 0) {
            if (would_block(errno)) {
                return success();
            }
            return system_error("send", errno);
        }
        channel_->handshake_sent(static_cast<size_t>(size));
    }
    return success();
}

ssize_t Link::send_bytes(ByteView bytes) {
    const ssize_t size =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    counters_.add(stats::Counter::kSendCalls);
    counters_.add(stats::Counter::kBytesSent, size > 0 ? static_cast<uint64_t>(size) : 0);
    return size;
}

ssize_t Link::receive_bytes(MutableByteView place) {
    const ssize_t size = ::recv(socket_.get(), place.data(), place.size(), MSG_DONTWAIT);
    counters_.add(stats::Counter::kReceiveCalls);
    counters_.add(stats::Counter::kBytesReceived, size > 0 ? static_cast<uint64_t>(size) : 0);
    return size;
}

Status Link::send_path_messages() {
    while (path_ && state_ == State::kOpen && !path_->message().empty()) {
        const ByteView message = path_->message();
        if (!UCX_CRYPTO_TRY(send_on_socket(record::RecordType::kData, {&message, 1}))) {
            return success();
        }
        path_->message_sent();
    }
    return success();
}

bool Link::has_room(size_t plaintext_size) const {
    return path_ ? state_ == State::kOpen && path_->has_room(plaintext_size)
                 : socket_has_room(plaintext_size);
}

bool Link::socket_has_room(size_t plaintext_size) const {
    const size_t need = record::Sealer::sealed_bound(plaintext_size);
    return state_ == State::kOpen && (tx_ ? tx_->writable().size() : pool_.capacity()) >= need;
}

Result<bool> Link::send_record(record::RecordType type, std::span<const ByteView> parts) {
    if (state_ != State::kOpen) {
        return Error(ErrorCode::kClosed, "the connection is not open");
    }
    if (!path_) {
        return send_on_socket(type, parts);
    }
    // A CLOSE ends both streams; the peer waits for both.
    if (type == record::RecordType::kClose && path_->state() != PathStream::State::kOpen) {
        path_->announce_unused();
        UCX_CRYPTO_TRY(send_path_messages());
        return send_on_socket(type, parts);
    }
    const bool sent = UCX_CRYPTO_TRY(path_->send_record(type, parts));
    return sent && type == record::RecordType::kClose ? send_on_socket(type, parts) : sent;
}

Status Link::send_keepalive() {
    if (state_ == State::kOpen && !socket_has_unsent()) {
        UCX_CRYPTO_TRY(send_on_socket(record::RecordType::kKeepalive, {}));
    }
    return success();
}

Result<bool> Link::seal_for_socket(record::RecordType type, std::span<const ByteView> parts) {
    const size_t size = total_size(parts);
    if (!tx_) {
        tx_ = pool_.acquire();
    }
    if (!socket_has_room(size)) {
        return false;
    }
    const size_t sealed = UCX_CRYPTO_TRY(sealer_->seal(type, parts, tx_->writable()));
    tx_->produced(sealed);
    count_sealed(counters_, type, size, sealed);
    return true;
}

Result<bool> Link::send_on_socket(record::RecordType type, std::span<const ByteView> parts) {
    const bool sealed = UCX_CRYPTO_TRY(seal_for_socket(type, parts));
    if (sealed && (corks_ == 0 || tx_->readable().size() >= enough_)) {
        UCX_CRYPTO_TRY(flush());
    }
    return sealed;
}

Result<bool> Link::hold_record(record::RecordType type, std::span<const ByteView> parts) {
    if (path_ || state_ != State::kOpen) {
        return send_record(type, parts);
    }
    const bool sealed = UCX_CRYPTO_TRY(seal_for_socket(type, parts));
    if (sealed && tx_->readable().size() >= kEnoughToSend) {
        UCX_CRYPTO_TRY(flush());
    }
    return sealed;
}

void Link::cork(size_t enough) {
    ++corks_;
    enough_ = std::min(enough_, enough);
    if (path_) {
        path_->cork();
    }
}

Status Link::uncork() {
    corks_ -= corks_ == 0 ? 0 : 1;
    if (corks_ != 0) {
        return success();
    }
    enough_ = SIZE_MAX;
    if (path_) {
        UCX_CRYPTO_TRY(path_->uncork());
    }
    return flush();
}

Status Link::flush_unsent() {
    if (state_ != State::kOpen) {
        return success();
    }
    if (!in_original_process()) [[unlikely]] {
        return Error(ErrorCode::kInternal,
                     "a forked child may not send what waits on its parent's connection");
    }
    if (!last_flight_sent_) {
        UCX_CRYPTO_TRY(send_handshake());
        last_flight_sent_ = channel_->handshake_output().empty();
        if (!last_flight_sent_) {
            blocked_ = true;
            return success();  // records may not overtake it
        }
    }
    while (tx_ && !tx_->empty()) {
        const ByteView unsent = tx_->readable();
        const ssize_t size = send_bytes(unsent);
        if (size < 0) {
            if (would_block(errno)) {
                blocked_ = true;
                return success();
            }
            return system_error("send", errno);
        }
        tx_->consumed(static_cast<size_t>(size));
        if (static_cast<size_t>(size) < unsent.size()) {
            // Moving what is left is worth it once little of it is left.
            if (tx_->readable().size() < pool_.capacity() / 4) {
                counters_.add(stats::Counter::kBytesCopied, tx_->compact());
            }
            blocked_ = true;
            return success();  // the socket is full: poll tells when to go on
        }
    }
    blocked_ = false;
    pool_.release(std::move(tx_));
    return success();
}

bool Link::drain() {
    if (state_ != State::kOpen || !flush().ok()) {
        return true;  // there is nothing that waiting could help
    }
    std::array<uint8_t, 4096> unread;
    while (::recv(socket_.get(), unread.data(), unread.size(), MSG_DONTWAIT) > 0) {
    }
    if (path_ && !path_->drained()) {
        return false;
    }
    int unsent = 0;
    return !socket_has_unsent() &&
           (::ioctl(socket_.get(), SIOCOUTQNSD, &unsent) != 0 || unsent == 0);
}

[[gnu::flatten]] Result<unsigned> Link::receive(RecordSink& sink) {
    if (state_ != State::kOpen) {
        return 0U;
    }
    unsigned count = 0;
    if (has_buffered_input()) {
        count += UCX_CRYPTO_TRY(open_records(sink));
        if (state_ != State::kOpen) {
            return count;
        }
    }
    if (awaits_path()) {
        return count;  // its socket may be gone; what counts is on its way over the path
    }
    if (!rx_) {
        rx_ = pool_.acquire();
    }
    // Moving the beginning of a record costs a copy: only where the rest of it would not fit.
    if (rx_->writable().size() < record::kOverhead + max_plaintext_) {
        counters_.add(stats::Counter::kBytesCopied, rx_->compact());
    }
    const ssize_t size = receive_bytes(rx_->writable());
    if (size < 0) {
        const int error = errno;
        if (rx_->empty()) {
            pool_.release(std::move(rx_));
        }
        if (would_block(error)) {
            return count;
        }
        return system_error("receive", error);
    }
    if (size == 0) {
        return Error(ErrorCode::kClosed,
                     socket_peer_closed()
                         ? "the peer has closed the connection"
                         : "the stream ended without an authenticated CLOSE: the peer died, or "
                           "someone cut the connection");
    }
    rx_->produced(static_cast<size_t>(size));
    if (helpers::Pool* pool = helpers_for(rx_->readable().size()); pool != nullptr) {
        return count + UCX_CRYPTO_TRY(receive_ahead(sink, *pool));
    }
    return count + UCX_CRYPTO_TRY(open_records(sink));
}

Result<unsigned> Link::open_records(RecordSink& sink) {
    unsigned count = 0;
    opening_ = true;
    Status status = success();
    while (state_ == State::kOpen && !rx_->empty()) {
        auto opened = open_next(sink);
        if (!opened.ok()) {
            status = std::move(opened).error();
            break;
        }
        if (!opened->has_value()) {
            break;
        }
        const record::OpenedRecord record = **opened;
        count_opened(counters_, record);
        // The socket of a connection with a path carries no frames.
        status = path_ && record.type == record::RecordType::kData
                     ? path_->on_message(record.plaintext)
                     : sink.on_record(record.type, record.plaintext);
        rx_->consumed(record.consumed);
        ++count;
        if (!status.ok()) {
            break;
        }
    }
    opening_ = false;
    if (state_ != State::kOpen || rx_->empty()) {
        pool_.release(std::move(rx_));
    }
    if (status.ok()) {
        status = send_path_messages();
    }
    if (!status.ok()) {
        return std::move(status).error();
    }
    return count;
}

Result<std::optional<record::OpenedRecord>> Link::open_next(RecordSink& sink) {
    const MutableByteView received = rx_->readable();
    if (received.size() < kSmallestWithDestination || path_) {
        return opener_->open(received);
    }
    const size_t size = UCX_CRYPTO_TRY(opener_->record_size(received));
    return size > received.size() ? std::optional<record::OpenedRecord>()
                                  : UCX_CRYPTO_TRY(opener_->open(
                                        received, sink.destination(size - record::kOverhead)));
}

}  // namespace ucx_crypto::tcp
