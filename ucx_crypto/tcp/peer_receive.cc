// What a peer does with the records that it receives.
#include "ucx_crypto/tcp/peer.h"

namespace ucx_crypto::tcp {

Status Peer::on_record(record::RecordType type, MutableByteView plaintext) {
    heard_ = answered_ = true;
    if (type != record::RecordType::kData) {
        return success();  // REKEY and CLOSE are the opener's, KEEPALIVE has said all it says
    }
    if (split_.incomplete()) {
        return on_continuation(plaintext);
    }
    ByteView rest = plaintext;
    while (!rest.empty()) {
        const Frame frame = UCX_CRYPTO_TRY(take_frame(rest));
        UCX_CRYPTO_TRY(frame.header.kind == FrameKind::kSplitMessage
                           ? on_split_message(frame, plaintext)
                           : on_frame(frame));
        if (failure) {
            return Error(*failure);
        }
    }
    return success();
}

MutableByteView Peer::destination(size_t plaintext_size) {
    if (split_.incomplete()) {
        return split_.destination_of_next(plaintext_size);
    }
    return plaintext_size == kSplitRecord
               ? split_.destination_of_first(plaintext_size, link_->pool())
               : MutableByteView();
}

Status Peer::on_split_message(const Frame& frame, ByteView plaintext) {
    return split_.begin(frame, plaintext, link_->channel().max_plaintext() - kFrameHeaderSize,
                        link_->pool());
}

Status Peer::on_continuation(ByteView plaintext) {
    UCX_CRYPTO_TRY(split_.add(plaintext));
    if (split_.incomplete()) {
        return success();
    }
    link_->counters().add(stats::Counter::kMessagesReceived);
    observer_.on_active_message(split_.am_id(), split_.payload());
    if (link_ != nullptr) {
        split_.release(link_->pool());
    }
    return failure ? Status(Error(*failure)) : success();
}

Status Peer::on_frame(const Frame& frame) {
    switch (frame.header.kind) {
        case FrameKind::kActiveMessage: {
            link_->counters().add(stats::Counter::kMessagesReceived);
            // The bytes are the link's receive buffer, which is ours to lend out as writable.
            auto* payload = const_cast<uint8_t*>(frame.body.data());
            observer_.on_active_message(frame.header.am_id, {payload, frame.body.size()});
            return success();
        }
        case FrameKind::kPutBegin: {
            const PutBegin begin = UCX_CRYPTO_TRY(decode_put_begin(frame.body));
            const bool complete = UCX_CRYPTO_TRY(incoming_.begin(begin));
            return complete ? finish_put() : success();
        }
        case FrameKind::kPutData:
            return on_put_data(frame.body);
        case FrameKind::kPutAbort:
            return incoming_.abort(UCX_CRYPTO_TRY(decode_u64(frame.body)));
        case FrameKind::kPutAck:
        case FrameKind::kFlushAck:
            return on_acknowledgement(UCX_CRYPTO_TRY(decode_u64(frame.body)));
        case FrameKind::kFlushRequest:
            owed_flush_ack_ = UCX_CRYPTO_TRY(decode_u64(frame.body));
            return advance();
        case FrameKind::kSplitMessage:
            break;  // on_split_message()
        case FrameKind::kHandles:
            if (frame.body.size() != 1 || frame.body[0] > 1) {
                return Error(ErrorCode::kProtocol, "HANDLES: expected one byte, 0 or 1");
            }
            peer_handles_ = frame.body[0] != 0;
            return success();
    }
    return Error(ErrorCode::kProtocol,
                 "expected a frame of a known kind, found kind " +
                     std::to_string(static_cast<unsigned>(frame.header.kind)));
}

Status Peer::on_acknowledgement(uint64_t sequence) {
    if (sequence > sequence_ || (put_ && sequence >= put_->operation())) {
        return Error(ErrorCode::kProtocol, "acknowledgement of what was never sent");
    }
    const bool resumed = resuming();
    acknowledge(sequence);
    if (resumed && !resuming()) {
        observer_.on_writable(*this);
    }
    return success();
}

Status Peer::on_put_data(ByteView body) {
    const bool complete = UCX_CRYPTO_TRY(incoming_.add(body));
    link_->counters().add(stats::Counter::kBytesCopied, body.size() - PutPosition::kSize);
    return complete ? finish_put() : success();
}

Status Peer::finish_put() {
    link_->counters().add(stats::Counter::kPutsReceived);
    owed_put_ack_ = incoming_.finish();
    return advance();
}

}  // namespace ucx_crypto::tcp
