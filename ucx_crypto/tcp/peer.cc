#include "ucx_crypto/tcp/peer.h"

#include <algorithm>
#include <array>

#include "ucx_crypto/base/log.h"

namespace ucx_crypto::tcp {

namespace {

/// A message of up to so many bytes is always one record.
constexpr size_t kLargestWhole = 56 * 1024;

/// Larger messages are not held back: they are what a receiver waits for, and fill calls by
/// themselves.
constexpr size_t kLargestHeld = 1024;

}  // namespace

std::string_view Peer::to_string(State state) {
    static constexpr std::array<std::string_view, 6> kNames{"idle",    "waiting", "open",
                                                            "closing", "closed",  "failed"};
    return kNames[static_cast<size_t>(state)];
}

SendResult Peer::failed(const Error& error) {
    // The engine reads it at its next turn: the caller may be deep inside the layer above.
    if (!failure) {
        failure = error;
    }
    return SendResult::kFailed;
}

Result<bool> Peer::send_frame(FrameKind kind, uint8_t am_id, std::span<const ByteView> parts,
                              bool hold) {
    std::array<ByteView, kMaxParts + 1> all;
    size_t length = 0;
    size_t count = 1;
    for (const ByteView part : parts) {
        length += part.size();
        all[count++] = part;
    }
    const auto header = encode(FrameHeader{kind, am_id, static_cast<uint32_t>(length)});
    all[0] = header;
    const auto record = std::span(all).first(count);
    return hold ? link_->hold_record(record::RecordType::kData, record)
                : link_->send_record(record::RecordType::kData, record);
}

Result<bool> Peer::send_split(uint8_t am_id, std::span<const ByteView> parts, size_t size) {
    const auto header =
        encode(FrameHeader{FrameKind::kSplitMessage, am_id, static_cast<uint32_t>(size)});
    std::array<ByteView, kMaxParts + 1> record;
    for (size_t offset = 0; offset < size;) {
        size_t count = 0;
        size_t room = kSplitRecord;
        if (offset == 0) {
            record[count++] = header;
            room -= header.size();
        }
        const size_t chunk = std::min(room, size - offset);
        count += slice(parts, offset, chunk, std::span(record).subspan(count));
        if (!UCX_CRYPTO_TRY(
                link_->send_record(record::RecordType::kData, std::span(record).first(count)))) {
            return Error(ErrorCode::kInternal, "split message: expected the room that there was");
        }
        offset += chunk;
    }
    return true;
}

Result<bool> Peer::send_message(uint8_t am_id, std::span<const ByteView> parts) {
    const size_t size = total_size(parts);
    if (size <= kLargestHeld) {
        return send_frame(FrameKind::kActiveMessage, am_id, parts, holds_small_);
    }
    if (size > kLargestWhole) {
        const size_t more_room = kFrameHeaderSize + size / kSplitRecord * 2 * record::kOverhead;
        const bool awaited = std::exchange(answered_, false);
        if (awaited && link_->sends_at_once() && link_->has_room(size + more_room)) {
            return send_split(am_id, parts, size);
        }
    }
    return send_frame(FrameKind::kActiveMessage, am_id, parts);
}

// Flat, here and where records are received: a Result handed through five functions is built and
// taken apart in memory, at a tenth of a microsecond for each message.
[[gnu::flatten]] SendResult Peer::send_active_message(uint8_t am_id,
                                                      std::span<const ByteView> parts) {
    if (!can_send()) {
        return state_ == State::kFailed || state_ == State::kClosed ? SendResult::kFailed
                                                                    : SendResult::kNoResource;
    }
    const auto sent = send_message(am_id, parts);
    if (!sent.ok()) {
        return failed(sent.error());
    }
    if (!*sent) {
        return SendResult::kNoResource;
    }
    ++sequence_;
    link_->counters().add(stats::Counter::kMessagesSent);
    return SendResult::kDone;
}

SendResult Peer::put(std::span<const ByteView> parts, const Token& token, uint64_t address,
                     const void* owner, Completion completion) {
    if (!can_send()) {
        return state_ == State::kFailed || state_ == State::kClosed ? SendResult::kFailed
                                                                    : SendResult::kNoResource;
    }
    // The abort of an earlier one goes first: the peer takes one PUT at a time.
    if (owed_abort_ || !link_->has_room(kFrameHeaderSize + PutBegin::kSize + kPutDataOverhead)) {
        return SendResult::kNoResource;
    }
    put_.emplace(++sequence_, token, address, parts, owner, completion);
    const auto sealed = advance_put();
    if (!sealed.ok()) {
        put_.reset();  // the caller keeps its completion: it learns of the failure by the result
        return failed(sealed.error());
    }
    link_->counters().add(stats::Counter::kPutsSent);
    return SendResult::kInProgress;
}

/// The records of the open PUT, for helpers.
class Peer::PutSource final : public RecordSource {
  public:
    PutSource(OutgoingPut& put, size_t max_plaintext) : put_(put), max_plaintext_(max_plaintext) {}
    std::span<const ByteView> next_record(size_t slot) override {
        return put_.left() == 0 ? std::span<const ByteView>()
                                : put_.next_record(records_.at(slot), max_plaintext_);
    }

  private:
    OutgoingPut& put_;
    size_t max_plaintext_;
    std::array<OutgoingPut::Record, kRecordSlots> records_;
};

Result<bool> Peer::advance_put() {
    while (put_) {
        OutgoingPut& put = *put_;
        const size_t max_plaintext = link_->channel().max_plaintext();
        if (helpers::Pool* pool = link_->sealing_helpers(put.left()); pool != nullptr) {
            PutSource source(put, max_plaintext);
            UCX_CRYPTO_TRY(link_->send_ahead(source, *pool));
        } else {
            if (!link_->has_room(put.record_size(max_plaintext))) {
                return false;
            }
            OutgoingPut::Record record;
            if (!UCX_CRYPTO_TRY(link_->send_record(record::RecordType::kData,
                                                   put.next_record(record, max_plaintext)))) {
                return Error(ErrorCode::kInternal, "a record of a PUT found no room");
            }
        }
        if (put.left() == 0) {
            waiting_.push_back({put.operation(), put.owner(), put.completion()});
            put_.reset();
        }
    }
    return true;
}

SendResult Peer::flush(uint64_t sequence, const void* owner, Completion completion) {
    if (state_ == State::kFailed || failure) {
        return SendResult::kFailed;
    }
    if (sequence <= acknowledged_) {
        return SendResult::kDone;
    }
    if (state_ != State::kOpen || put_) {
        return state_ == State::kClosed ? SendResult::kFailed : SendResult::kNoResource;
    }
    if (flush_requested_ < sequence) {
        flush_wanted_ = true;
        const Status sent = advance();
        if (!sent.ok()) {
            return failed(sent.error());
        }
    }
    const auto place = std::upper_bound(
        waiting_.begin(), waiting_.end(), sequence,
        [](uint64_t value, const Waiting& entry) { return value < entry.sequence; });
    waiting_.insert(place, {sequence, owner, completion});
    return SendResult::kInProgress;
}

void Peer::acknowledge(uint64_t sequence) {
    acknowledged_ = std::max(acknowledged_, sequence);
    while (!waiting_.empty() && waiting_.front().sequence <= acknowledged_) {
        const Completion completion = waiting_.front().completion;
        waiting_.pop_front();  // before the call: it may start new operations
        completion(Completion::Outcome::kDone);
    }
}

void Peer::cancel(const void* owner) {
    if (put_ && put_->owner() == owner) {
        const OutgoingPut put = *put_;
        put_.reset();
        if (put.begun()) {
            owed_abort_ = put.operation();
        }
        put.completion()(Completion::Outcome::kCanceled);
        if (state_ == State::kOpen) {
            const Status sent = advance();
            if (!sent.ok()) {
                failed(sent.error());
            }
        }
    }
    // Taken first, told then: a completion may start operations, which changes `waiting_`.
    std::vector<Completion> canceled;
    for (Waiting& entry : waiting_) {
        if (entry.owner == owner) {
            entry.owner = nullptr;
            canceled.push_back(std::exchange(entry.completion, {}));
        }
    }
    for (const Completion& completion : canceled) {
        completion(Completion::Outcome::kCanceled);
    }
}

void Peer::fail_operations() {
    const std::optional<OutgoingPut> put = std::exchange(put_, std::nullopt);
    std::deque<Waiting> waiting = std::exchange(waiting_, {});
    if (put) {
        put->completion()(Completion::Outcome::kFailed);
    }
    for (const Waiting& entry : waiting) {
        entry.completion(Completion::Outcome::kFailed);
    }
}

Status Peer::send_what_is_owed() {
    if (state_ != State::kOpen || link_ == nullptr || link_->state() != Link::State::kOpen) {
        return success();
    }
    const auto send_owed = [this](std::optional<uint64_t>& owed, FrameKind kind) -> Result<bool> {
        if (owed) {
            const auto body = encode_u64(*owed);
            const ByteView part = body;
            if (!UCX_CRYPTO_TRY(send_frame(kind, 0, {&part, 1}))) {
                return false;
            }
            owed.reset();
        }
        return true;
    };
    if (!UCX_CRYPTO_TRY(send_owed(owed_put_ack_, FrameKind::kPutAck)) ||
        !UCX_CRYPTO_TRY(send_owed(owed_flush_ack_, FrameKind::kFlushAck))) {
        return success();
    }
    if (!UCX_CRYPTO_TRY(send_owed(owed_abort_, FrameKind::kPutAbort)) ||
        !UCX_CRYPTO_TRY(advance_put())) {
        return success();
    }
    // That we hold none is said once everything has been acknowledged, as the peer may close then;
    // that we hold one again goes before the question whether we may go on.
    const bool holds = handles_ != 0;
    if (holds != told_handles_ && (holds || !has_outstanding())) {
        const uint8_t body = holds ? 1 : 0;
        const ByteView part(&body, 1);
        if (!UCX_CRYPTO_TRY(send_frame(FrameKind::kHandles, 0, {&part, 1}))) {
            return success();
        }
        told_handles_ = holds;
    }
    if (flush_wanted_ || (!holds && has_outstanding() && !flush_requested())) {
        std::optional<uint64_t> request = sequence_;
        if (!UCX_CRYPTO_TRY(send_owed(request, FrameKind::kFlushRequest))) {
            return success();
        }
        flush_requested_ = sequence_;
        flush_wanted_ = false;
    }
    return success();
}

void Peer::opened(Link& link) {
    link_ = &link;
    state_ = State::kOpen;
    path_ticks = 0;
    peer_handles_ = true;
    told_handles_ = true;
    // Numbers go on from an earlier connection: handles remember that of their last operation.
    acknowledged_ = flush_requested_ = sequence_;
    flush_wanted_ = false;
    owed_abort_.reset();
    owed_put_ack_.reset();
    owed_flush_ack_.reset();
    incoming_.reset();
    split_.release(link.pool());
    answered_ = true;
    for (unsigned i = 0; i < corks_; ++i) {
        link.cork(kEnoughToSend);
    }
}

void Peer::detach_link() {
    split_.release(link_->pool());
    link_ = nullptr;
}

void Peer::add_handle() {
    if (handles_++ == 0 && state_ == State::kOpen && !told_handles_ &&
        link_->role() == channel::Role::kServer) {
        resumed_ = ++sequence_;
        flush_wanted_ = true;
    }
}

void Peer::release_handle() {
    --handles_;
}

bool Peer::quiet() const {
    return !put_ && waiting_.empty() && !incoming_.is_open() && !split_.incomplete() &&
           !owed_put_ack_ && !owed_flush_ack_ && !owed_abort_ && told_handles_ == holds_handles() &&
           !has_outstanding() && link_ != nullptr && !link_->has_unsent();
}

Status Peer::send_close() {
    const bool sent = UCX_CRYPTO_TRY(link_->send_record(record::RecordType::kClose, {}));
    if (sent) {
        state_ = State::kClosing;
    }
    return success();
}

Status Peer::send_keepalive() {
    return state_ == State::kOpen ? link_->send_keepalive() : success();
}

void Peer::cork(size_t enough) {
    ++corks_;
    if (link_ != nullptr) {
        link_->cork(enough);
    }
}

Status Peer::uncork() {
    --corks_;
    if (link_ == nullptr || link_->state() != Link::State::kOpen) {
        return success();
    }
    UCX_CRYPTO_TRY(link_->uncork());
    return advance();  // when the socket took it all, no event tells that there is room again
}

Status Peer::push() {
    return link_ == nullptr ? success() : link_->flush();
}

}  // namespace ucx_crypto::tcp
