// The records of a connection that take a RecordPath instead of the socket.
//
// The two sides tell each other over the connection how the path reaches them, and when they are
// ready for bytes from it (stacked/WIRE.md). From then on everything but keepalives goes over the
// path, under keys of its own.
#pragma once

#include <optional>

#include "ucx_crypto/channel/secure_channel.h"
#include "ucx_crypto/stats/counters.h"
#include "ucx_crypto/tcp/buffer_pool.h"
#include "ucx_crypto/tcp/record_path.h"
#include "ucx_crypto/tcp/record_sink.h"

namespace ucx_crypto::tcp {

/// Told after bytes of a path have been handled, also when that failed.
class PathObserver {
  public:
    virtual ~PathObserver() = default;
    virtual void on_path_activity(uint64_t link_serial) = 0;
};

/// One thread at a time: the one that owns the worker.
class PathStream final : public PathReceiver {
  public:
    enum class State : uint8_t {
        kNew,        ///< no path yet
        kAnnounced,  ///< the peer has been told, or will be, how the path reaches us
        kConnected,  ///< the path leads to the peer, which may not be ready for our bytes
        kOpen,       ///< records
        kClosed,
    };

    /// What a side tells the other over the connection: one message per record.
    enum class Message : uint8_t {
        kAddress = 1,  ///< body: RecordPath::address()
        kReady = 2,    ///< no body: the path leads to the peer, who may send
        kUnused = 3,   ///< no body: the sender closes before it has sent anything over the path
    };

    PathStream(PathFactory& factory, channel::Stream stream, RecordSink& sink,
               PathObserver& observer, uint64_t link_serial, BufferPool& pool,
               stats::Counters& counters);
    ~PathStream() override;
    PathStream(const PathStream&) = delete;
    PathStream& operator=(const PathStream&) = delete;

    State state() const { return state_; }
    /// All that the peer has sent over the path has come.
    bool peer_closed() const { return unused_ || stream_.opener.closed(); }
    /// Whether it has become open since the last call.
    bool take_opened() { return std::exchange(opened_, false); }
    const std::optional<Error>& failure() const { return failure_; }

    // -- until it is open --
    /// Makes the path, if there is none yet.
    Status start();
    /// A verified message of the peer's.
    Status on_message(ByteView message);
    /// Tells the peer not to wait for records, where none can have been sent.
    void announce_unused();
    /// The next message to the peer, or empty; gone once it has been sent.
    ByteView message() const;
    void message_sent();

    // -- records: as Link --
    Result<bool> send_record(record::RecordType type, std::span<const ByteView> parts);
    bool has_room(size_t plaintext_size) const;
    bool has_unsent() const { return tx_ && !tx_->empty(); }
    void cork() { corked_ = true; }
    Status uncork();
    Status flush();

    /// True once nothing that was sent can be lost any more. Makes progress.
    bool drained();
    /// Nothing that comes is looked at any more.
    void ignore_input() { deaf_ = true; }
    /// The path is gone.
    void close();

    void on_path_bytes(ByteView bytes) override;
    void on_path_failed(const Error& error) override;

  private:
    Status take(ByteView bytes);
    Status open_records();
    void become_open();
    void announce(Message kind, ByteView body);

    PathFactory& factory_;
    channel::Stream stream_;
    RecordSink& sink_;
    PathObserver& observer_;
    const uint64_t link_serial_;
    BufferPool& pool_;
    stats::Counters& counters_;
    State state_ = State::kNew;
    bool corked_ = false;
    bool opening_ = false;  // open_records() is on the stack
    bool deaf_ = false;
    bool opened_ = false;
    bool unused_ = false;  // by the peer, as it said
    bool said_unused_ = false;
    std::unique_ptr<RecordPath> path_;
    std::vector<Bytes> messages_;  // that wait to be sent, in order
    std::unique_ptr<Buffer> tx_;
    std::unique_ptr<Buffer> rx_;
    std::optional<Error> failure_;
};

}  // namespace ucx_crypto::tcp
