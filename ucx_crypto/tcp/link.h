// One TCP connection with its secure channel: handshake, then records in both directions.
#pragma once

#include <algorithm>

#include "ucx_crypto/channel/connection_table.h"
#include "ucx_crypto/helpers/service.h"
#include "ucx_crypto/tcp/path_stream.h"
#include "ucx_crypto/tcp/socket.h"

namespace ucx_crypto::tcp {

/// Sealed bytes that are sent although more may come: what follows is sealed while the kernel
/// works.
inline constexpr size_t kEnoughToSend = 16 * 1024;

/// Records of one operation that are sealed at the same time: what a buffer holds of the largest.
inline constexpr size_t kRecordSlots = 4;

/// Names the records of a large operation.
class RecordSource {
  public:
    virtual ~RecordSource() = default;
    /// The parts of the next DATA record, none after the last. They stay what they are until the
    /// same slot, below kRecordSlots, is asked for again.
    virtual std::span<const ByteView> next_record(size_t slot) = 0;
};

/// How the engine has a link's socket in its polls.
struct PollRegistration {
    uint64_t serial = 0;  ///< names the link in poll events
    uint32_t events = 0;
    bool for_data = false;
    bool path_waits = false;  ///< the engine's list of paths without room has it
};

/// Drives one socket. It acts on nothing whose tag has not been verified, and every error is final.
/// One thread at a time.
class Link {
  public:
    enum class State : uint8_t {
        kConnecting,  ///< TCP connect in progress
        kHandshake,   ///< bytes go to the channel
        kHeld,        ///< server: the peer is verified, our last flight waits for admit()
        kOpen,        ///< records
        kClosed,      ///< the socket is gone
    };

    Link(UniqueFd socket, std::unique_ptr<channel::SecureChannel> channel, channel::Role role,
         BufferPool& pool, stats::Counters& counters, helpers::Service* helpers = nullptr);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    PollRegistration poll;

    State state() const { return state_; }
    channel::Role role() const { return role_; }
    int fd() const { return socket_.get(); }
    /// Address and port of the other end, for messages.
    std::string peer_name() const;
    channel::SecureChannel& channel() { return *channel_; }
    stats::Counters& counters() { return counters_; }
    /// Counts a second of the handshake in which this process could make progress.
    unsigned tick() { return ++ticks_; }

    // -- handshake --
    /// Does what the socket allows now. On success the state tells how far it came.
    Status drive_handshake();
    /// Shows the connection, which has become open, to list_connections() until it is closed.
    void list(const channel::InstanceId& own, aead::Algorithm algorithm);
    /// Lets a held server send its last flight.
    Status admit();

    // -- a path for the records --
    /// Once open: records of either side go over the path, as soon as both are ready for them.
    void use_path(std::unique_ptr<PathStream> path) { path_ = std::move(path); }
    PathStream* path() { return path_.get(); }
    /// Sends what the path has to tell the peer over the socket.
    Status send_path_messages();

    // -- records --
    /// Seals one record and sends it, or keeps the sealed bytes until the socket takes them. False:
    /// no room now, nothing was sealed.
    Result<bool> send_record(record::RecordType type, std::span<const ByteView> parts);
    /// Room for a record of `plaintext_size` bytes right now?
    bool has_room(size_t plaintext_size) const;
    /// Sends what is held back.
    Status flush() {
        return socket_has_unsent() || !last_flight_sent_ ? flush_unsent() : success();
    }
    bool has_unsent() const { return socket_has_unsent() || (path_ && path_->has_unsent()); }
    /// Whether the next record goes to the socket as soon as it is sealed.
    bool sends_at_once() const { return !path_ && corks_ == 0 && !has_unsent(); }
    /// Whether something waits for flush() although the socket would take it.
    bool holds_back() const { return socket_has_unsent() && !blocked_; }
    /// Buffers of the size that this connection uses.
    BufferPool& pool() { return pool_; }
    /// Between cork() and the uncork() that belongs to it, send_record() only seals; what it has
    /// sealed for the socket is sent once there are `enough` bytes of it, and everything at the
    /// end. Pairs may be nested: the smallest `enough` counts.
    void cork(size_t enough);
    Status uncork();
    /// send_record() for a small record that may wait for the next flush().
    Result<bool> hold_record(record::RecordType type, std::span<const ByteView> parts);
    /// A keepalive record on the socket, unless something waits there already.
    Status send_keepalive();

    /// The helpers for an operation of so many bytes, or null: there are none, it is not worth
    /// their while, or something else has to be sent first.
    helpers::Pool* sealing_helpers(size_t size);
    /// As send_record() for the records of `source`, which helpers seal while the socket takes
    /// those before them; until there is none, or the socket is full: what has been sealed then is
    /// kept. Afterwards no part is referenced.
    Status send_ahead(RecordSource& source, helpers::Pool& pool);

    /// Reads once from the socket and hands every complete record, opened, to `sink`. Returns the
    /// number of records. Where much is there it goes on while helpers open what has come. kClosed
    /// when the stream ends, with or without an authenticated CLOSE.
    Result<unsigned> receive(RecordSink& sink);
    /// Whether bytes that came with the handshake's end wait to be looked at by receive().
    bool has_buffered_input() const { return rx_ && !rx_->empty(); }
    ByteView buffered_input() const { return rx_ ? rx_->readable() : MutableByteView(); }
    bool peer_closed() const {
        return socket_peer_closed() &&
               (!path_ || path_->state() != PathStream::State::kOpen || path_->peer_closed());
    }
    /// The peer has closed, but not all that it sent over the path has come.
    bool awaits_path() const { return path_ && socket_peer_closed() && !peer_closed(); }

    /// Sends what is held back and throws away what comes in. True once the kernel has sent it all:
    /// what it has not sent it drops when a socket is closed with unread bytes.
    bool drain();
    void close();

    /// Whether poll events should include writability.
    bool wants_write() const;
    /// Whether there is anything to read for now (a held link does not read).
    bool wants_read() const {
        return state_ != State::kHeld && state_ != State::kClosed && !awaits_path();
    }

  private:
    Status flush_unsent();
    Status connect_and_speak();
    Status receive_handshake();
    Status send_handshake();
    void update_handshake_state();
    Result<bool> seal_for_socket(record::RecordType type, std::span<const ByteView> parts);
    Result<unsigned> open_records(RecordSink& sink);
    Result<std::optional<record::OpenedRecord>> open_next(RecordSink& sink);
    ssize_t send_bytes(ByteView bytes);
    ssize_t receive_bytes(MutableByteView place);
    Result<bool> send_on_socket(record::RecordType type, std::span<const ByteView> parts);
    bool socket_has_room(size_t plaintext_size) const;
    bool socket_has_unsent() const { return tx_ && !tx_->empty(); }
    bool socket_peer_closed() const { return opener_ != nullptr && opener_->closed(); }

    // link_ahead.cc
    class OpenWindow;
    helpers::Pool* helpers_for(size_t size);
    Result<bool> send_some(ByteView bytes, size_t& sent);
    Result<unsigned> receive_ahead(RecordSink& sink, helpers::Pool& pool);
    Status begin_opening(RecordSink& sink, OpenWindow& window, unsigned& count);
    Status deliver_opened(RecordSink& sink, OpenWindow& window, unsigned& count);

    UniqueFd socket_;
    std::unique_ptr<channel::SecureChannel> channel_;
    channel::Role role_;
    State state_;
    bool admitted_ = false;
    bool blocked_ = false;  // the socket did not take everything
    unsigned corks_ = 0;
    size_t enough_ = SIZE_MAX;
    bool last_flight_sent_ = false;  // of the handshake: records may go
    // The channel's, once it is open.
    record::Sealer* sealer_ = nullptr;
    record::Opener* opener_ = nullptr;
    size_t max_plaintext_ = 0;
    bool opening_ = false;  // open_records() is on the stack; rx_ must stay
    BufferPool& pool_;
    stats::Counters& counters_;
    helpers::Service* helpers_;  // null: none
    std::unique_ptr<Buffer> tx_;
    std::unique_ptr<Buffer> rx_;
    std::unique_ptr<PathStream> path_;
    unsigned ticks_ = 0;
    channel::ListedConnection listed_;
};

}  // namespace ucx_crypto::tcp
