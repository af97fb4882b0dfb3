#include "ucx_crypto/handshake/handshake.h"

#include <algorithm>

#include "ucx_crypto/base/fork_sentinel.h"

namespace ucx_crypto::handshake {
namespace {

/// Whether a failure is about what the peer sent or is, and not about what this side cannot do for
/// now: a peer that is told of a verdict does not try again.
bool is_verdict(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidArgument:
        case ErrorCode::kProtocol:
        case ErrorCode::kAuthentication:
        case ErrorCode::kRefused:
        case ErrorCode::kUnsupported:
            return true;
        case ErrorCode::kExhausted:
        case ErrorCode::kPermission:
        case ErrorCode::kNotFound:
        case ErrorCode::kIo:
        case ErrorCode::kTimedOut:
        case ErrorCode::kClosed:
        case ErrorCode::kRefusedByPeer:
        case ErrorCode::kInternal:
            break;
    }
    return false;
}

}  // namespace

/// A state, its name, and who gets the next whole unit of input (a HELLO or a TLS record).
struct Handshake::Row {
    State state;
    std::string_view name;
    Status (Handshake::*on_unit)(ByteView unit);
    /// What the next message inside TLS has to be, and who gets it with its header.
    std::optional<MessageType> message;
    Status (Handshake::*on_message)(ByteView message);
};

const Handshake::Row& Handshake::row(State state) {
    static constexpr std::array<Row, 6> kRows{{
        {State::kWaitHello, "wait HELLO", &Handshake::on_hello, {}, nullptr},
        {State::kTls, "TLS handshake", &Handshake::on_tls_record, {}, nullptr},
        {State::kWaitConfirm, "wait CONFIRM", &Handshake::on_messages, MessageType::kConfirm,
         &Handshake::on_confirm},
        {State::kWaitAccept, "wait ACCEPT", &Handshake::on_messages, MessageType::kAccept,
         &Handshake::on_accept},
        {State::kOpen, "open", nullptr, {}, nullptr},
        {State::kFailed, "failed", nullptr, {}, nullptr},
    }};
    static_assert(
        [] {
            for (size_t i = 0; i < kRows.size(); ++i) {
                if (kRows[i].state != static_cast<State>(i)) {
                    return false;
                }
            }
            return true;
        }(),
        "rows are in the order of the states");
    return kRows[static_cast<size_t>(state)];
}

std::string_view Handshake::state_name() const {
    return row(state_).name;
}

Result<std::unique_ptr<Handshake>> Handshake::create(const Local& local, Role role,
                                                     uint32_t interface_counter,
                                                     const InstanceId& expected_peer,
                                                     bool path_stream) {
    std::unique_ptr<Handshake> handshake(new Handshake(local, role, path_stream));
    UCX_CRYPTO_TRY(handshake->start(interface_counter, expected_peer));
    return handshake;
}

Status Handshake::start(uint32_t interface_counter, const InstanceId& expected_peer) {
    own_hello_.role = role_;
    own_hello_.interface_counter = interface_counter;
    own_hello_.own = UCX_CRYPTO_TRY(instance_id(local_.certificate.spki_hash(), interface_counter));
    if (role_ == Role::kServer) {
        return success();
    }
    if (expected_peer == own_hello_.own) {
        return Error(ErrorCode::kInvalidArgument,
                     "handshake: expected the instance of another interface as the peer, found "
                     "this interface's own (a connection to oneself needs no socket)");
    }
    peer_ = expected_peer;
    UCX_CRYPTO_TRY(send_hello());
    UCX_CRYPTO_TRY(start_tls());
    return advance_tls();
}

void Handshake::sent(size_t size) {
    sent_ += std::min(size, output_.size() - sent_);
    if (sent_ == output_.size()) {
        give_back(output_);
        sent_ = 0;
    }
}

Result<size_t> Handshake::receive(ByteView input) {
    size_t consumed = 0;
    while (state_ != State::kOpen && consumed < input.size()) {
        if (error_) {
            return Error(*error_);
        }
        const Result<size_t> taken = collect(input.subspan(consumed));
        if (!taken.ok()) {
            return fail(Error(taken.error()));
        }
        consumed += *taken;
    }
    if (error_) {
        return Error(*error_);
    }
    return consumed;
}

/// Takes bytes until the current unit is whole, and hands it over then.
Result<size_t> Handshake::collect(ByteView input) {
    if (!in_original_process()) {
        return Error(ErrorCode::kInternal,
                     "handshake: expected the process that made the keys, found a forked child");
    }
    const size_t unit_size_now = UCX_CRYPTO_TRY(unit_size());
    const size_t size = std::min(unit_size_now - unit_.size(), input.size());
    if (size > kMaxReceived - received_) {
        return Error(ErrorCode::kProtocol, "handshake: expected at most " +
                                               std::to_string(kMaxReceived) +
                                               " bytes from the peer, found more");
    }
    received_ += size;
    unit_.insert(unit_.end(), input.begin(), input.begin() + static_cast<ptrdiff_t>(size));
    // A header that has just become whole tells a larger size.
    if (unit_.size() == UCX_CRYPTO_TRY(unit_size())) {
        const Bytes unit = std::move(unit_);
        unit_.clear();
        UCX_CRYPTO_TRY((this->*row(state_).on_unit)(unit));
    }
    return size;
}

/// How large the current unit is as far as its first bytes tell; wrong bytes are found at once, not
/// when as many have come as a right unit would have.
Result<size_t> Handshake::unit_size() const {
    const bool is_alert = !unit_.empty() && unit_[0] == kAlert[0];
    if (state_ != State::kWaitHello || is_alert) {
        return unit_.size() < kTlsHeaderSize ? kTlsHeaderSize : tls_record_size(unit_);
    }
    const size_t known = std::min(unit_.size(), kMagic.size());
    if (!equal(ByteView(unit_).first(known), ByteView(kMagic).first(known))) {
        return Error(ErrorCode::kProtocol, "HELLO: expected a ucx-crypto peer, found other bytes");
    }
    return kHelloSize;
}

Error Handshake::fail(Error error) {
    // The peer learns only that it was refused. What was not begun to be sent is dropped; a flight
    // that is half out is finished, as the alert would otherwise be read as a part of it.
    if (sent_ == 0) {
        output_.clear();
    }
    if (is_verdict(error.code())) {
        output_.insert(output_.end(), kAlert.begin(), kAlert.end());
    }
    error_ = std::move(error).in("handshake, " + std::string(state_name()));
    state_ = State::kFailed;
    tls_.reset();
    exporter_.wipe();
    outcome_ = {};
    peer_verified_ = false;
    return *error_;
}

// ---------------------------------------------------------------- HELLO

Status Handshake::send_hello() {
    own_hello_.peer = peer_;
    own_hello_bytes_ = UCX_CRYPTO_TRY(encode(own_hello_, local_.keys.hello_key));
    output_.insert(output_.end(), own_hello_bytes_.begin(), own_hello_bytes_.end());
    return success();
}

Status Handshake::on_hello(ByteView unit) {
    std::copy(unit.begin(), unit.end(), peer_hello_bytes_.begin());
    const Hello hello =
        UCX_CRYPTO_TRY(decode_hello(peer_hello_bytes_, other(role_), local_.keys.hello_key));
    if (hello.own == own_hello_.own) {
        return Error(ErrorCode::kAuthentication,
                     "HELLO: expected another instance, found our own (a reflected message)");
    }
    if (hello.peer != own_hello_.own) {
        return Error(ErrorCode::kAuthentication,
                     "HELLO: expected to be addressed as instance " + to_hex(own_hello_.own) +
                         ", found " + to_hex(hello.peer) + " (a stale address or reused port)");
    }
    if (role_ == Role::kClient && hello.own != peer_) {
        return Error(ErrorCode::kAuthentication, "HELLO: expected instance " + to_hex(peer_) +
                                                     " at this address, found " +
                                                     to_hex(hello.own));
    }
    peer_ = hello.own;
    peer_counter_ = hello.interface_counter;
    if (role_ == Role::kServer) {
        UCX_CRYPTO_TRY(send_hello());
        UCX_CRYPTO_TRY(start_tls());
    }
    state_ = State::kTls;
    return success();
}

// ---------------------------------------------------------------- TLS

Status Handshake::start_tls() {
    tls_.emplace(UCX_CRYPTO_TRY(TlsSession::create(local_.tls, role_)));
    return success();
}

Status Handshake::on_tls_record(ByteView unit) {
    UCX_CRYPTO_TRY(tls_->feed(unit));
    return advance_tls();
}

Status Handshake::advance_tls() {
    const bool is_done = UCX_CRYPTO_TRY(tls_->handshake());
    if (is_done) {
        UCX_CRYPTO_TRY(finish_tls());
    }
    return tls_->take_output(output_);
}

Status Handshake::finish_tls() {
    peer_spki_hash_ = UCX_CRYPTO_TRY(tls_->peer_spki_hash());
    const InstanceId presented = UCX_CRYPTO_TRY(instance_id(peer_spki_hash_, peer_counter_));
    if (presented != peer_) {
        return Error(ErrorCode::kAuthentication, "expected the certificate of instance " +
                                                     to_hex(peer_) + ", found one of instance " +
                                                     to_hex(presented));
    }
    exporter_ = UCX_CRYPTO_TRY(tls_->exporter());
    state_ = State::kWaitConfirm;
    return role_ == Role::kClient ? send_confirm() : success();
}

TlsTranscript Handshake::tls_transcript() const {
    const attest::Digest& own = local_.certificate.spki_hash();
    if (role_ == Role::kClient) {
        return {own_hello_bytes_, peer_hello_bytes_, own, peer_spki_hash_};
    }
    return {peer_hello_bytes_, own_hello_bytes_, peer_spki_hash_, own};
}

// ---------------------------------------------------------------- messages inside TLS

Status Handshake::on_messages(ByteView unit) {
    UCX_CRYPTO_TRY(tls_->feed(unit));
    std::array<uint8_t, 4096> part;
    while (const size_t size = UCX_CRYPTO_TRY(tls_->read(part))) {
        messages_.insert(messages_.end(), part.begin(),
                         part.begin() + static_cast<ptrdiff_t>(size));
    }
    while (UCX_CRYPTO_TRY(next_message())) {
    }
    if (!tls_) {
        return success();
    }
    return tls_->take_output(output_);
}

/// Hands over one whole message; false when there is none.
Result<bool> Handshake::next_message() {
    const Row& current = row(state_);
    if (!current.message) {
        if (!messages_.empty()) {
            return Error(ErrorCode::kProtocol,
                         "expected nothing after ACCEPT in its TLS record, "
                         "found more");
        }
        return false;
    }
    if (messages_.size() < kMessageHeaderSize) {
        return false;
    }
    const MessageHeader header = UCX_CRYPTO_TRY(
        decode_message_header(ByteView(messages_).first(kMessageHeaderSize), *current.message));
    const size_t size = kMessageHeaderSize + header.body_size;
    if (messages_.size() < size) {
        return false;
    }
    const Bytes message(messages_.begin(), messages_.begin() + static_cast<ptrdiff_t>(size));
    messages_.erase(messages_.begin(), messages_.begin() + static_cast<ptrdiff_t>(size));
    // Only a server's CONFIRM has something behind it; everything else is the end of a flight, and
    // nobody knows yet what the next flight answers to.
    const bool ends_flight = role_ == Role::kServer || state_ == State::kWaitAccept;
    if (ends_flight && !messages_.empty()) {
        return Error(ErrorCode::kProtocol, "expected nothing after the peer's " +
                                               std::string(to_string(*current.message)) +
                                               ", found more");
    }
    UCX_CRYPTO_TRY((this->*current.on_message)(message));
    return true;
}

}  // namespace ucx_crypto::handshake
