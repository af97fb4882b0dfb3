// The crypto_tcp engine of one interface: listener, handshakes, connections to peers, progress.
//
// It knows nothing of UCT. All methods must be called by one thread at a time (uct/ holds the
// worker's asynchronous context while it calls); service() and tick() are meant for the
// asynchronous thread, progress() for the thread that owns the worker. A forked child has the same
// sockets and polls as its parent: there all of them do nothing, and sending fails.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "ucx_crypto/stats/page.h"
#include "ucx_crypto/tcp/loopback.h"
#include "ucx_crypto/tcp/peer.h"
#include "ucx_crypto/tcp/poll.h"

namespace ucx_crypto::tcp {

/// What may leave in one system call. Everything waits for no longer than it says here.
enum class Coalescing : uint8_t {
    kNone,      ///< each message leaves by itself
    kProgress,  ///< what is sent within one progress(), or one dispatch of what has waited for room
    kBurst,     ///< also small messages, until the next progress() or kHoldTime
};

struct EngineSettings {
    size_t segment_size;  ///< largest active message, in bytes
    SocketOptions socket;
    uint16_t first_port = 0;  ///< of the listener, 0: any
    uint16_t last_port = 0;
    unsigned handshake_timeout = 20;   ///< seconds in which this process could make progress
    unsigned keepalive_interval = 10;  ///< seconds; 0: no keepalive
    unsigned keepalive_misses = 3;     ///< silent intervals after which a peer is dead
    /// Of others at a time. A further connection takes the place of the oldest that has not said
    /// HELLO, else of the oldest whose HELLO another one repeats; where there is none, it waits in
    /// the backlog.
    unsigned max_handshakes = 256;
    size_t max_uninvited = 65536;  ///< peers that connected and on which nobody here has a handle
    size_t max_dead = 65536;       ///< peers that have failed, to be remembered
    stats::Page* stats = nullptr;  ///< outlives the engine; null: its own
    helpers::Service* helpers = nullptr;  ///< for large transfers; outlives the engine; null: none
    Coalescing coalescing = Coalescing::kProgress;
};

class Engine final : private PathObserver {
  public:
    /// Listens on `address` (any port of the settings' range). With `paths`, which outlives the
    /// engine, the records of open connections take them instead of the sockets.
    static Result<std::unique_ptr<Engine>> create(const EngineSettings& settings,
                                                  const SocketAddress& address,
                                                  std::shared_ptr<channel::Identity> identity,
                                                  uint32_t interface_counter, RegionTable& regions,
                                                  EngineObserver& observer,
                                                  PathFactory* paths = nullptr);
    /// Says CLOSE to every open peer and closes; no observer call is made.
    ~Engine() override;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    const SocketAddress& listen_address() const { return listen_address_; }
    const channel::InstanceId& instance_id() const { return instance_id_; }

    /// The peer interface with this id, connecting to it where there is no connection. The caller
    /// holds a handle on it until release().
    Result<Peer*> attach(const channel::InstanceId& id, const SocketAddress& address);
    void release(Peer& peer);
    /// To be called after operations on `peer`, so that what was held back goes out when it can and
    /// a failure is told by the next progress().
    void after_operations(Peer& peer) {
        Link* link = peer.link();
        if (link != nullptr && link->wants_write() != ((link->poll.events & kWritable) != 0)) {
            poll_link(*link);
        }
        if (link != nullptr && link->path() != nullptr) {
            watch_path(*link);
        }
        // What a failed connection holds back will never leave.
        if (settings_.coalescing == Coalescing::kBurst && link != nullptr && link->holds_back() &&
            !peer.failure) {
            remember_held(peer);
        }
        if (peer.failure && peer.state() != Peer::State::kFailed) [[unlikely]] {
            want_attention(peers_.at(peer.id()));
        }
    }
    Loopback& loopback() { return loopback_; }
    /// An active message to this interface; false when too many wait.
    bool send_to_self(uint8_t am_id, std::span<const ByteView> parts);
    stats::Counters& counters() { return counters_; }
    const stats::Counters& counters() const { return counters_; }

    /// Readable when service() has work: listener, handshakes, and messages held for long enough.
    int service_fd() const { return service_poll_.fd(); }
    void service();
    /// To be called every second.
    void tick();

    /// Readable when progress() has work.
    int event_fd() const { return data_poll_.fd(); }
    /// Returns the number of records and events handled: none where an observer calls it.
    unsigned progress();
    /// False when there is work that event_fd() does not show.
    bool can_sleep();
    /// Whether something sent has not been acknowledged (counts peers without handles too).
    /// Requests the acknowledgement.
    bool flush();

    size_t peer_count() const { return peers_.size(); }
    size_t link_count() const { return links_.size(); }

  private:
    static constexpr uint32_t kWritable = 0x004;  // EPOLLOUT
    static constexpr uint64_t kHoldTimerSerial = UINT64_MAX;

    struct PeerEntry {
        std::unique_ptr<Peer> peer;
        SocketAddress address;
        bool has_address = false;
        Link* outgoing = nullptr;      // not open yet
        Link* incoming = nullptr;      // admitted, not open yet
        Link* held = nullptr;          // waits for our choice
        bool attention = false;        // is in wanting_: progress() must look at it
        bool notified = false;         // the observer knows of its end
        bool was_held = false;         // somebody here has held a handle on it
        bool has_reconnected = false;  // once, as the listener closed before its HELLO
        bool reconnect = false;        // again, at the next tick
        unsigned waited = 0;           // ticks since it was first connected to
        bool path_keepalive = false;   // is due
    };
    struct LinkEntry {
        std::unique_ptr<Link> link;
        PeerEntry* peer = nullptr;  // known: always for ours, after the handshake for accepted ones
    };

    Engine(const EngineSettings& settings, std::shared_ptr<channel::Identity> identity,
           uint32_t interface_counter, RegionTable& regions, EngineObserver& observer,
           PathFactory* paths);

    // engine.cc
    PeerEntry& peer_entry(const channel::InstanceId& id);
    bool is_dead(const channel::InstanceId& id) const;
    void ensure_connected(PeerEntry& entry);
    void connect(PeerEntry& entry);
    Status start_link(PeerEntry& entry);
    unsigned handle_data_event(LinkEntry& entry, uint32_t events);
    LinkEntry* find_link(uint64_t serial);
    LinkEntry& entry_of(const Link& link);
    void poll_link(Link& link);
    void drop(Link*& link);
    void drop_closed_links();
    void remember_held(Peer& peer);
    void push_held();

    // engine_attention.cc
    void want_attention(PeerEntry& entry);
    unsigned give_attention();
    void attend(PeerEntry& entry);
    static bool is_over(const PeerEntry& entry);
    void forget(const PeerEntry& entry);

    // engine_paths.cc
    Status set_up_path(LinkEntry& entry);
    Status serve_path(PeerEntry& entry, Link& link);
    void watch_path(Link& link);
    unsigned advance_paths();
    void on_path_activity(uint64_t link_serial) override;

    // engine_accept.cc
    void update_accepting();
    void accept_connections();
    std::optional<uint64_t> oldest_stranger() const;
    std::optional<uint64_t> oldest_repeated() const;
    std::optional<uint64_t> first_to_make_room() const;
    bool is_full() const;
    void make_room();
    Status check_uninvited(const Link& link) const;
    Error too_many_dead() const;
    void begin_handshake(const Link& link);
    void end_handshake(const Link& link);
    void warn_of_strangers(const std::string& message);

    // engine_handshakes.cc
    LinkEntry& add_link(std::unique_ptr<Link> link, PeerEntry* entry);
    void drive(LinkEntry& entry);
    void decide(LinkEntry& entry);
    void turn_away(LinkEntry& entry);
    void link_opened(LinkEntry& entry);
    void handshake_failed(LinkEntry& entry, const Error& error);
    void outgoing_failed(PeerEntry& entry, Link& link, const Error& error);
    void name_aead();

    // engine_ends.cc
    void settle(PeerEntry& entry);
    void read_last_words(Peer& peer, Link& link);
    void link_ended(PeerEntry& entry);
    void fail(PeerEntry& entry, const Error& error);

    EngineSettings settings_;
    std::shared_ptr<channel::Identity> identity_;
    uint32_t interface_counter_;
    channel::InstanceId instance_id_;
    RegionTable& regions_;
    EngineObserver& observer_;
    stats::Page own_page_{};
    stats::Page& page_;
    stats::Counters& counters_;
    PathFactory* paths_;
    BufferPool pool_;
    Loopback loopback_;
    UniqueFd listener_;
    SocketAddress listen_address_;
    Poll service_poll_;
    Poll data_poll_;
    UniqueFd wakeup_;
    UniqueFd hold_timer_;
    bool hold_timer_set_ = false;
    std::vector<Peer*> held_;  // that hold messages back
    std::vector<Peer*> pushing_;
    bool accepting_ = false;
    bool starved_ = false;  // what an accept needs was missing since the last tick
    unsigned handshakes_ = 0;
    std::set<uint64_t> accepted_;  // of them: those that others began, the oldest first
    size_t invited_ = 0;           // peers on which somebody here holds a handle
    static constexpr unsigned kMostWarnings = 8;
    unsigned warnings_left_ = kMostWarnings;  // a stranger must not be able to fill the log
    unsigned ticks_ = 0;
    bool told_of_crowd_ = false;
    /// Each costs public-key operations: who replays faster than this has to wait in the backlog.
    static constexpr unsigned kRepeatedPerSecond = 256;
    unsigned repeated_left_ = kRepeatedPerSecond;  // that may make way until the next tick
    uint64_t next_serial_ = 1;
    std::map<uint64_t, LinkEntry> links_;
    std::map<channel::InstanceId, PeerEntry> peers_;
    std::vector<uint64_t> waiting_paths_;  // links with bytes that their path had no room for
    std::set<channel::InstanceId> dead_;   // that have failed and that nobody here holds any more
    std::vector<PeerEntry*> wanting_;      // attention; of peers_, each once
    std::vector<PeerEntry*> attended_;     // what was in it, while progress() attends to them
    bool progressed_ = false;              // since the last tick
    bool in_progress_ = false;  // progress() is on the stack: peers and links in use below it
};

}  // namespace ucx_crypto::tcp
