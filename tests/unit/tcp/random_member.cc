#include "tests/unit/tcp/random_member.h"

#include <sys/socket.h>

namespace ucx_crypto::tcp {
namespace {

/// It does not connect beyond so many; what the victim connects it accepts all the same.
constexpr size_t kMostConnections = 3;

using Connection = RandomMember::Connection;

void say(Connection& connection, record::RecordType type, ByteView plaintext) {
    if (connection.link->state() == Link::State::kOpen) {
        // Without room, or a victim, it is not said.
        static_cast<void>(connection.link->send_record(type, {&plaintext, 1}).ok());
    }
}

void say(Connection& connection, const Bytes& frame) {
    say(connection, record::RecordType::kData, frame);
}

/// Goes on as an honest end does: with the handshake, or with what the victim has sent.
void go_on(Connection& connection, Dice& dice) {
    Link& link = *connection.link;
    switch (link.state()) {
        case Link::State::kHeld:
            if (dice.one_in(2) && !link.admit().ok()) {
                link.close();
            }
            break;
        case Link::State::kOpen:
            if (!link.receive(connection).ok() || !link.flush().ok()) {
                link.close();
            }
            break;
        default:
            if (!link.drive_handshake().ok()) {
                link.close();
            }
    }
}

void acknowledge(Connection& connection, Dice&) {
    if (const auto asked = std::exchange(connection.flush_request, std::nullopt)) {
        say(connection, make_frame(FrameKind::kFlushAck, *asked));
    }
}

/// Which is wrong where not all of it has come.
void acknowledge_put(Connection& connection, Dice&) {
    if (const auto put = std::exchange(connection.put, std::nullopt)) {
        say(connection, make_frame(FrameKind::kPutAck, *put));
    }
}

void acknowledge_what_is_not(Connection& connection, Dice& dice) {
    say(connection, make_frame(FrameKind::kFlushAck, dice.below(20)));
}

void tell_handles(Connection& connection, Dice& dice) {
    say(connection, make_frame(FrameKind::kHandles, Bytes{static_cast<uint8_t>(dice.below(2))}));
}

void send_message(Connection& connection, Dice& dice) {
    const Bytes message = make_frame(FrameKind::kActiveMessage, pattern(dice.below(100), 1), 1);
    say(connection, dice.one_in(4) ? message + message : message);
}

void send_large_message(Connection& connection, Dice& dice) {
    say(connection, make_frame(FrameKind::kActiveMessage, pattern(60000 + dice.below(5000), 1), 1));
}

void begin_put(Connection& connection, Dice& dice) {
    say(connection, make_put_begin(dice.below(4), {}, 0, dice.below(100000)));
}

void abort_put(Connection& connection, Dice&) {
    say(connection, make_frame(FrameKind::kPutAbort, 7));
}

void request_flush(Connection& connection, Dice& dice) {
    say(connection, make_frame(FrameKind::kFlushRequest, dice.below(1000)));
}

void send_unknown_frame(Connection& connection, Dice&) {
    Bytes frame = make_frame(FrameKind::kHandles, Bytes{1});
    frame[0] = 0xee;
    say(connection, frame);
}

void keep_alive(Connection& connection, Dice&) {
    say(connection, record::RecordType::kKeepalive, {});
}

void send_unsealed(Connection& connection, Dice&) {
    static constexpr std::array<uint8_t, 40> kBytes{1, 2, 3};
    ::send(connection.link->fd(), kBytes.data(), kBytes.size(), MSG_NOSIGNAL);
}

void refuse(Connection& connection, Dice&) {
    static_cast<void>(tcp::refuse(connection.link->fd()));
}

void say_close(Connection& connection, Dice&) {
    say(connection, record::RecordType::kClose, {});
}

void close(Connection& connection, Dice&) {
    connection.link->close();
}

void cut(Connection& connection, Dice&) {
    cut_when_closed(connection.link->fd());
    connection.link->close();
}

void say_close_and_close(Connection& connection, Dice& dice) {
    say_close(connection, dice);
    close(connection, dice);
}

void say_close_and_cut(Connection& connection, Dice& dice) {
    say_close(connection, dice);
    cut(connection, dice);
}

void end_in_place_of_acknowledging(Connection& connection, Dice& dice) {
    if (connection.flush_request) {
        say_close_and_cut(connection, dice);
    }
}

const RandomAction<Connection&, Dice&> kActions[] = {
    {"goes on", 240, go_on},
    {"acknowledges", 80, acknowledge},
    {"acknowledges a PUT", 4, acknowledge_put},
    {"acknowledges what is not", 1, acknowledge_what_is_not},
    {"tells its handles", 20, tell_handles},
    {"sends a message", 16, send_message},
    {"sends a large message", 3, send_large_message},
    {"begins a PUT", 1, begin_put},
    {"aborts a PUT", 1, abort_put},
    {"requests a flush", 8, request_flush},
    {"sends a frame of an unknown kind", 1, send_unknown_frame},
    {"keeps alive", 2, keep_alive},
    {"sends what no key has sealed", 1, send_unsealed},
    {"refuses", 2, refuse},
    {"says CLOSE", 3, say_close},
    {"says CLOSE and closes", 4, say_close_and_close},
    {"says CLOSE and cuts", 8, say_close_and_cut},
    {"ends in place of acknowledging", 40, end_in_place_of_acknowledging},
    {"closes", 3, close},
    {"cuts", 3, cut},
};

}  // namespace

Status RandomMember::Connection::on_record(record::RecordType type, MutableByteView plaintext) {
    ByteView rest = plaintext;
    while (type == record::RecordType::kData && !rest.empty()) {
        const auto frame = take_frame(rest);
        if (!frame.ok() || frame->header.kind == FrameKind::kSplitMessage) {
            break;  // a split message's continuations are no frames
        }
        if (frame->header.kind == FrameKind::kFlushRequest) {
            flush_request = UCX_CRYPTO_TRY(decode_u64(frame->body));
        } else if (frame->header.kind == FrameKind::kPutBegin) {
            put = UCX_CRYPTO_TRY(decode_put_begin(frame->body))
            .operation;
        }
    }
    return success();
}

std::string_view RandomMember::act() {
    if (dice_.one_in(40)) {
        connect();
        return "connects";
    }
    if (dice_.one_in(20)) {
        accept();
        return "accepts";
    }
    if (connections_.empty()) {
        return "does nothing";
    }
    Connection& connection = *connections_[dice_.below(connections_.size())];
    const auto& action = dice_.action_of(kActions);
    action.act(connection, dice_);
    const size_t ended = std::erase_if(
        connections_, [](const auto& one) { return one->link->state() == Link::State::kClosed; });
    if (ended != 0 && dice_.one_in(2)) {
        connect();  // before anybody has seen to the end
    }
    return action.name;
}

void RandomMember::connect() {
    if (connections_.size() < kMostConnections) {
        connections_.push_back(std::make_unique<Connection>(ends_.connect(victim_)));
    }
}

void RandomMember::accept() {
    auto socket = accept_from(ends_.listener, {});
    if (socket.ok() && socket->valid()) {
        connections_.push_back(std::make_unique<Connection>(ends_.serve(std::move(*socket))));
    }
}

}  // namespace ucx_crypto::tcp
