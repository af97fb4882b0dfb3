// The frames between one of our interfaces and one peer interface, over whichever link is active.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "ucx_crypto/tcp/frame.h"
#include "ucx_crypto/tcp/incoming_put.h"
#include "ucx_crypto/tcp/link.h"
#include "ucx_crypto/tcp/operation.h"
#include "ucx_crypto/tcp/outgoing_put.h"
#include "ucx_crypto/tcp/split_message.h"

namespace ucx_crypto::tcp {

class Peer;

/// What the layer above hears from the engine. Every call comes from Engine::progress(), never from
/// the asynchronous service, and may call back into the engine; progress() does nothing then.
class EngineObserver {
  public:
    virtual ~EngineObserver() = default;
    /// `payload` is verified and valid only during the call.
    virtual void on_active_message(uint8_t am_id, MutableByteView payload) = 0;
    /// The peer has become open, or has room again: queued operations may be tried.
    virtual void on_writable(Peer& peer) = 0;
    /// The peer is gone: at most once per connection, or attempt at one. `orderly`: it said so
    /// itself (authenticated CLOSE), before it had acknowledged everything; such an end with
    /// nothing outstanding is not told. Who takes a handle in a completion that an end calls is
    /// told of that end too.
    virtual void on_failed(Peer& peer, const Error& error, bool orderly) = 0;
};

/// One thread at a time. Owned by the engine.
class Peer final : public RecordSink {
  public:
    enum class State : uint8_t {
        kIdle,     ///< no connection, none wanted
        kWaiting,  ///< a connection is being made
        kOpen,
        kClosing,  ///< we have sent CLOSE
        kClosed,   ///< the peer has closed for good
        kFailed,   ///< dead for this process: a reconnect would hide lost messages
    };
    static std::string_view to_string(State state);

    /// `holds_small`: small active messages wait for push(), or until there is enough of them.
    Peer(const channel::InstanceId& id, EngineObserver& observer, RegionTable& regions,
         bool holds_small)
        : id_(id), observer_(observer), holds_small_(holds_small), incoming_(regions) {}

    const channel::InstanceId& id() const { return id_; }
    State state() const { return state_; }
    void* user_data = nullptr;  ///< for the layer above
    /// What a person knows it by: "10.0.0.2:4711, rank 3"; the rank once it has been told.
    const std::string& name() const { return name_; }

    // -- operations; data is referenced only until kDone, or until the completion --
    SendResult send_active_message(uint8_t am_id, std::span<const ByteView> parts);
    /// Writes `parts` to the peer's `address`; completes when the peer has acknowledged every byte.
    SendResult put(std::span<const ByteView> parts, const Token& token, uint64_t address,
                   const void* owner, Completion completion);
    /// Completes when the peer has acknowledged everything up to `sequence`.
    SendResult flush(uint64_t sequence, const void* owner, Completion completion);
    /// Number of the last operation; what flush() takes.
    uint64_t sequence() const { return sequence_; }
    bool has_outstanding() const { return sequence_ != acknowledged_; }
    bool flush_requested() const { return flush_requested_ == sequence_; }
    /// Ends all operations of `owner` with kCanceled; its buffers are not touched afterwards. In a
    /// completion: those that end together with it are told behind this call, and as what it is.
    void cancel(const void* owner);
    /// What is sent between cork() and its uncork() leaves at the end, or in pieces of `enough`
    /// bytes.
    void cork(size_t enough = SIZE_MAX);
    Status uncork();
    /// Sends what is held back.
    Status push();

    /// Would an active message of `payload` bytes go out now?
    bool has_room(size_t payload) const {
        return can_send() && link_->has_room(kFrameHeaderSize + payload);
    }

    // -- used by the engine --
    Status on_record(record::RecordType type, MutableByteView plaintext) override;
    void set_name(std::string name) { name_ = std::move(name); }
    MutableByteView destination(size_t plaintext_size) override;
    void opened(Link& link);
    void set_state(State state) { state_ = state; }
    Link* link() const { return link_; }
    void detach_link();
    /// Sends what waits for room: acknowledgements, PUT data.
    Status advance() { return may_have_to_advance() ? send_what_is_owed() : success(); }
    /// Ends every operation with kFailed.
    void fail_operations();
    bool holds_handles() const { return handles_ != 0; }
    bool peer_holds_handles() const { return peer_handles_; }
    void add_handle();
    void release_handle();
    Status send_close();
    Status send_keepalive();
    bool quiet() const;  ///< nothing outstanding, owed or partly received
    /// We have said that we hold no handle and then taken one: until the peer has acknowledged
    /// that, its CLOSE may be on its way, and nothing may be sent.
    bool resuming() const { return resumed_ > acknowledged_; }
    /// Ends what waits for acknowledgements with kDone: there was nothing to be lost.
    void acknowledge_all() { acknowledge(sequence_); }
    /// Whether anything has been received since the last call.
    bool take_heard() { return std::exchange(heard_, false); }
    unsigned silent_ticks = 0;
    unsigned wait_ticks = 0;
    unsigned path_ticks = 0;
    std::optional<Error> failure;

  private:
    class PutSource;
    struct Waiting {
        uint64_t sequence;
        const void* owner;
        Completion completion;
    };
    Result<bool> send_frame(FrameKind kind, uint8_t am_id, std::span<const ByteView> parts,
                            bool hold = false);
    bool may_have_to_advance() const {
        return put_ || owed_put_ack_ || owed_flush_ack_ || owed_abort_ || flush_wanted_ ||
               (handles_ != 0) != told_handles_ || (handles_ == 0 && has_outstanding());
    }
    Status send_what_is_owed();
    Result<bool> send_message(uint8_t am_id, std::span<const ByteView> parts);
    Result<bool> send_split(uint8_t am_id, std::span<const ByteView> parts, size_t size);
    Result<bool> advance_put();
    Status on_split_message(const Frame& frame, ByteView plaintext);
    Status on_continuation(ByteView plaintext);
    Status on_frame(const Frame& frame);
    Status on_put_data(ByteView body);
    Status on_acknowledgement(uint64_t sequence);
    Status finish_put();
    void acknowledge(uint64_t sequence);
    SendResult failed(const Error& error);
    bool can_send() const { return state_ == State::kOpen && !put_ && !failure && !resuming(); }

    channel::InstanceId id_;
    std::string name_;
    EngineObserver& observer_;
    State state_ = State::kIdle;
    Link* link_ = nullptr;
    bool holds_small_;
    unsigned corks_ = 0;
    bool answered_ = true;  // something has come since the last large message
    unsigned handles_ = 0;
    bool told_handles_ = true;  // what the peer takes for true of us
    bool peer_handles_ = true;
    bool heard_ = false;

    uint64_t sequence_ = 0;
    uint64_t acknowledged_ = 0;
    uint64_t flush_requested_ = 0;
    bool flush_wanted_ = false;
    uint64_t resumed_ = 0;  // number of the last operation that only asks whether we may go on
    std::optional<OutgoingPut> put_;  // being sealed; later operations wait for it
    std::optional<uint64_t> owed_abort_;
    std::deque<Waiting> waiting_;  // by ascending sequence; flushes and sealed PUTs

    IncomingPut incoming_;
    SplitMessage split_;
    std::optional<uint64_t> owed_put_ack_;
    std::optional<uint64_t> owed_flush_ack_;
};

}  // namespace ucx_crypto::tcp
