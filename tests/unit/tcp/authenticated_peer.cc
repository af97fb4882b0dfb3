#include "tests/unit/tcp/authenticated_peer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace ucx_crypto::tcp {
namespace {

constexpr uint32_t kCounter = 77;

}  // namespace

UniqueFd connect_to(Node& node) {
    auto socket = start_connect(node.engine().listen_address(), {});
    REQUIRE(socket.ok());
    return std::move(*socket);
}

Bytes make_frame(FrameKind kind, ByteView body, uint8_t am_id) {
    return to_bytes(encode(FrameHeader{kind, am_id, static_cast<uint32_t>(body.size())})) + body;
}

Bytes make_frame(FrameKind kind, uint64_t body) {
    return make_frame(kind, encode_u64(body));
}

Bytes make_put_begin(uint64_t operation, const Token& token, uint64_t address, uint64_t length) {
    return make_frame(FrameKind::kPutBegin, encode(PutBegin{operation, token, address, length}));
}

Bytes make_put_data(uint64_t operation, uint64_t offset, ByteView payload) {
    return make_frame(FrameKind::kPutData,
                      to_bytes(encode(PutPosition{operation, offset})) + payload);
}

AuthenticatedPeer::AuthenticatedPeer(Node& victim,
                                     const std::shared_ptr<channel::Identity>& identity)
    : victim_(victim),
      pool_(kLinkBuffer, 2),
      id_(identity->instance_id(kCounter)),
      link_(connect_to(victim),
            channel::make_channel(identity, channel::Role::kClient, kCounter, victim.id()),
            channel::Role::kClient, pool_, counters_) {}

bool AuthenticatedPeer::shake_hands() {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (link_.state() != Link::State::kOpen) {
        if (!link_.drive_handshake().ok() || std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        victim_.turn();
    }
    return true;
}

bool AuthenticatedPeer::connect() {
    // Our last flight has arrived when the victim says its first frame.
    return shake_hands() &&
           take_turns_until([&] { return ended_ || has_received(FrameKind::kHandles); }, *this,
                            victim_) &&
           !ended_;
}

void AuthenticatedPeer::send(record::RecordType type, ByteView plaintext) {
    auto sent = link_.send_record(type, {&plaintext, 1});
    REQUIRE(sent.ok());
    REQUIRE(*sent);
}

void AuthenticatedPeer::flood() {
    link_.cork(SIZE_MAX);
    while (link_.has_room(0) && link_.send_record(record::RecordType::kKeepalive, {}).ok()) {
    }
    static_cast<void>(link_.uncork());
}

void AuthenticatedPeer::send_raw(ByteView bytes) const {
    REQUIRE(::send(link_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
}

void AuthenticatedPeer::hold(bool on) const {
    const int value = on ? 1 : 0;
    REQUIRE(::setsockopt(link_.fd(), IPPROTO_TCP, TCP_CORK, &value, sizeof(value)) == 0);
}

void AuthenticatedPeer::turn() {
    if (ended_ || link_.state() != Link::State::kOpen) {
        return;
    }
    const auto received = link_.receive(*this);
    ended_ = !received.ok();
}

Status AuthenticatedPeer::on_record(record::RecordType type, MutableByteView plaintext) {
    if (type == record::RecordType::kData) {
        records_.push_back(to_bytes(plaintext));
        ByteView rest = plaintext;
        while (!rest.empty()) {
            const Frame frame = UCX_CRYPTO_TRY(take_frame(rest));
            if (frame.header.kind == FrameKind::kFlushRequest) {
                send(make_frame(FrameKind::kFlushAck, frame.body));
            }
        }
    }
    return success();
}

std::optional<Frame> AuthenticatedPeer::last(FrameKind kind) const {
    std::optional<Frame> found;
    for (const Bytes& record : records_) {
        ByteView rest = record;
        while (!rest.empty()) {
            auto frame = take_frame(rest);
            REQUIRE(frame.ok());
            if (frame->header.kind == kind) {
                found = *frame;
            }
        }
    }
    return found;
}

bool AuthenticatedPeer::has_received(FrameKind kind) const {
    return last(kind).has_value();
}

}  // namespace ucx_crypto::tcp
