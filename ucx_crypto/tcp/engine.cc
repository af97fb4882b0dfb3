#include "ucx_crypto/tcp/engine.h"

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::tcp {
namespace {

constexpr size_t kIdleBuffers = 8;
/// A rank that computes lets its last messages wait for so long.
constexpr std::chrono::microseconds kHoldTime{250};
constexpr std::chrono::milliseconds kLinger{500};  // for a peer that does not read

/// Both directions of a 64 KiB frame with room to go on: fits the L2 cache of current servers.
size_t buffer_capacity(size_t segment_size) {
    return 4 * record::Sealer::sealed_bound(segment_size + 1024);
}

/// A flag that is up for as long as this exists.
class Raised {
  public:
    explicit Raised(bool& flag) : flag_(flag) { flag_ = true; }
    ~Raised() { flag_ = false; }
    Raised(const Raised&) = delete;
    Raised& operator=(const Raised&) = delete;

  private:
    bool& flag_;
};

}  // namespace

Engine::Engine(const EngineSettings& settings, std::shared_ptr<channel::Identity> identity,
               uint32_t interface_counter, RegionTable& regions, EngineObserver& observer,
               PathFactory* paths)
    : settings_(settings),
      identity_(std::move(identity)),
      interface_counter_(interface_counter),
      instance_id_(identity_->instance_id(interface_counter)),
      regions_(regions),
      observer_(observer),
      page_(settings.stats != nullptr ? *settings.stats : own_page_),
      counters_(page_.counters),
      paths_(paths),
      pool_(buffer_capacity(settings.segment_size), kIdleBuffers) {}

Result<std::unique_ptr<Engine>> Engine::create(const EngineSettings& settings,
                                               const SocketAddress& address,
                                               std::shared_ptr<channel::Identity> identity,
                                               uint32_t interface_counter, RegionTable& regions,
                                               EngineObserver& observer, PathFactory* paths) {
    std::unique_ptr<Engine> engine(
        new Engine(settings, std::move(identity), interface_counter, regions, observer, paths));
    engine->listener_ = UCX_CRYPTO_TRY(listen_on(address, settings.first_port, settings.last_port));
    engine->listen_address_ = UCX_CRYPTO_TRY(local_address(engine->listener_));
    engine->service_poll_ = UCX_CRYPTO_TRY(Poll::create());
    engine->data_poll_ = UCX_CRYPTO_TRY(Poll::create());
    engine->wakeup_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!engine->wakeup_.valid()) {
        return system_error("eventfd", errno);
    }
    engine->data_poll_.add(engine->wakeup_.get(), EPOLLIN, 0);
    if (settings.coalescing == Coalescing::kBurst) {
        engine->hold_timer_ = UniqueFd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
        if (!engine->hold_timer_.valid()) {
            return system_error("timerfd_create", errno);
        }
        engine->service_poll_.add(engine->hold_timer_.get(), EPOLLIN, kHoldTimerSerial);
    }
    engine->update_accepting();
    return engine;
}

Engine::~Engine() {
    if (!in_original_process()) {
        return;  // only the descriptors are a forked child's own
    }
    for (auto& [serial, entry] : links_) {
        if (entry.link->path() != nullptr) {
            entry.link->path()->ignore_input();
        }
    }
    for (auto& [id, entry] : peers_) {
        Peer& peer = *entry.peer;
        if (peer.state() == Peer::State::kOpen && peer.link() != nullptr) {
            const Status sent = peer.send_close();
            static_cast<void>(sent);  // without room, or a peer, there is no orderly end
        }
    }
    const auto deadline = std::chrono::steady_clock::now() + kLinger;
    for (auto& [serial, entry] : links_) {
        while (!entry.link->drain() && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
    }
}

Engine::PeerEntry& Engine::peer_entry(const channel::InstanceId& id) {
    PeerEntry& entry = peers_[id];
    if (!entry.peer) {
        entry.peer = std::make_unique<Peer>(id, observer_, regions_,
                                            settings_.coalescing == Coalescing::kBurst);
    }
    return entry;
}

bool Engine::is_dead(const channel::InstanceId& id) const {
    const auto found = peers_.find(id);
    return dead_.contains(id) ||
           (found != peers_.end() && found->second.peer->state() == Peer::State::kFailed);
}

Result<Peer*> Engine::attach(const channel::InstanceId& id, const SocketAddress& address) {
    if (is_dead(id)) {
        return Error(ErrorCode::kClosed, "peer " + address.to_string() +
                                             ": expected one that has not failed before, as a new "
                                             "connection would hide lost messages");
    }
    if (dead_.size() >= settings_.max_dead) {
        return too_many_dead();
    }
    PeerEntry& entry = peer_entry(id);
    Peer& peer = *entry.peer;
    entry.address = address;
    entry.has_address = true;
    if (peer.name().empty()) {
        peer.set_name(address.to_string());
    }
    entry.was_held = true;
    invited_ += peer.holds_handles() ? 0 : 1;
    peer.add_handle();
    if (peer.state() == Peer::State::kClosed) {
        peer.set_state(Peer::State::kIdle);
        entry.notified = false;
    }
    ensure_connected(entry);
    want_attention(entry);
    return &peer;
}

bool Engine::send_to_self(uint8_t am_id, std::span<const ByteView> parts) {
    const bool queued = loopback_.push(am_id, parts);
    counters_.add(stats::Counter::kMessagesToSelf, queued ? 1 : 0);
    return queued;
}

void Engine::release(Peer& peer) {
    peer.release_handle();
    invited_ -= peer.holds_handles() ? 0 : 1;
    want_attention(peers_.at(peer.id()));
}

void Engine::ensure_connected(PeerEntry& entry) {
    Peer& peer = *entry.peer;
    if (peer.state() != Peer::State::kIdle || !entry.has_address || !peer.holds_handles()) {
        return;
    }
    peer.set_state(Peer::State::kWaiting);
    entry.waited = 0;
    entry.reconnect = entry.has_reconnected = false;
    if (entry.incoming != nullptr || entry.held != nullptr) {
        return;
    }
    connect(entry);
}

void Engine::connect(PeerEntry& entry) {
    const Status started = start_link(entry);
    if (!started.ok()) {
        entry.peer->failure = started.error();
        want_attention(entry);
    }
}

Status Engine::start_link(PeerEntry& entry) {
    auto socket = UCX_CRYPTO_TRY(start_connect(entry.address, settings_.socket));
    auto channel = UCX_CRYPTO_TRY(channel::SecureChannel::create(
        identity_,
        {channel::Role::kClient, interface_counter_, entry.peer->id(), paths_ != nullptr}));
    auto link = std::make_unique<Link>(std::move(socket), std::move(channel),
                                       channel::Role::kClient, pool_, counters_, settings_.helpers);
    entry.outgoing = link.get();
    add_link(std::move(link), &entry);
    return success();
}

Engine::LinkEntry* Engine::find_link(uint64_t serial) {
    const auto found = links_.find(serial);
    return found == links_.end() ? nullptr : &found->second;
}

Engine::LinkEntry& Engine::entry_of(const Link& link) {
    LinkEntry* const entry = find_link(link.poll.serial);
    if (entry != nullptr && entry->link.get() == &link) {
        return *entry;
    }
    UCX_CRYPTO_ERROR("a link that the engine does not own");
    std::abort();
}

void Engine::drop(Link*& link) {
    if (link != nullptr) {
        link->close();
        link = nullptr;
    }
}

void Engine::drop_closed_links() {
    for (auto it = links_.begin(); it != links_.end();) {
        LinkEntry& entry = it->second;
        if (entry.link->state() == Link::State::kClosed) {
            if (!entry.link->poll.for_data) {
                end_handshake(*entry.link);
            }
            it = links_.erase(it);
        } else {
            ++it;
        }
    }
    update_accepting();
}

void Engine::poll_link(Link& link) {
    static_assert(kWritable == EPOLLOUT);
    const uint32_t events =
        (link.wants_read() ? uint32_t{EPOLLIN} : 0) | (link.wants_write() ? uint32_t{EPOLLOUT} : 0);
    if (events != link.poll.events) {
        link.poll.events = events;
        (link.poll.for_data ? data_poll_ : service_poll_)
            .modify(link.fd(), events, link.poll.serial);
    }
}

unsigned Engine::progress() {
    if (!in_original_process() || in_progress_) [[unlikely]] {
        return 0;
    }
    const Raised in_progress(in_progress_);
    progressed_ = true;
    if (!held_.empty()) {
        push_held();
    }
    unsigned count = wanting_.empty() ? 0 : give_attention();
    if (handshakes_ != 0) {
        service();  // a rank that waits here should not wait for the asynchronous thread as well
    }
    if (!waiting_paths_.empty()) {
        count += advance_paths();
    }
    Poll::Events events;
    bool closed = false;
    counters_.add(stats::Counter::kEpollCalls);
    for (const epoll_event& event : data_poll_.ready(events)) {
        if (event.data.u64 == 0) {
            uint64_t value = 0;
            if (::read(wakeup_.get(), &value, sizeof(value)) < 0 && errno != EAGAIN) {
                UCX_CRYPTO_ERROR("%s", system_error("eventfd", errno).message().c_str());
            }
        } else if (LinkEntry* entry = find_link(event.data.u64); entry != nullptr) {
            count += handle_data_event(*entry, event.events);
            closed = closed || entry->link->state() == Link::State::kClosed;
        }
    }
    if (!loopback_.empty()) {
        count += loopback_.drain([this](uint8_t am_id, MutableByteView payload) {
            observer_.on_active_message(am_id, payload);
        });
    }
    if (closed) {
        drop_closed_links();
    }
    return count;
}

unsigned Engine::handle_data_event(LinkEntry& entry, uint32_t events) {
    Link& link = *entry.link;
    PeerEntry& peer_entry = *entry.peer;
    Peer& peer = *peer_entry.peer;
    unsigned count = 0;
    if (link.state() != Link::State::kOpen) {
        return 0;
    }
    Status status = success();
    const bool coalesces = settings_.coalescing != Coalescing::kNone;
    if (coalesces) {
        peer.cork(kEnoughToSend);
    }
    if ((events & EPOLLOUT) != 0) {
        status = link.flush();
        if (status.ok()) {
            status = peer.advance();
        }
        if (status.ok() && peer.state() == Peer::State::kOpen) {
            observer_.on_writable(peer);
            ++count;
        }
    }
    if (status.ok() && (events & ~uint32_t{EPOLLOUT}) != 0) {
        auto received = link.receive(peer);
        if (received.ok()) {
            count += *received;
        } else {
            status = std::move(received).error();
        }
    }
    if (coalesces) {
        const Status sent = peer.uncork();
        status = status.ok() ? sent : status;
    }
    // An acknowledgement that receive() sent may have drained what PUT data waited behind: nothing
    // but this would go on with it.
    if (status.ok() && link.state() == Link::State::kOpen && !link.has_unsent()) {
        status = peer.advance();
    }
    if (!status.ok() && !peer.failure) {
        peer.failure = status.error();
    }
    if (link.peer_closed() || peer.failure || peer.state() == Peer::State::kClosing ||
        (!peer.holds_handles() && !peer.peer_holds_handles())) {
        settle(peer_entry);
    }
    if (link.state() != Link::State::kClosed) {
        poll_link(*entry.link);
        watch_path(link);
    }
    return count;
}

void Engine::remember_held(Peer& peer) {
    if (std::find(held_.begin(), held_.end(), &peer) != held_.end()) {
        return;
    }
    held_.push_back(&peer);
    if (!hold_timer_set_) {
        // Left as it is when progress() comes first: most bursts then cost no call for it.
        const itimerspec once{
            {}, {0, std::chrono::duration_cast<std::chrono::nanoseconds>(kHoldTime).count()}};
        hold_timer_set_ = timerfd_settime(hold_timer_.get(), 0, &once, nullptr) == 0;
        if (!hold_timer_set_) {
            UCX_CRYPTO_ERROR("%s", system_error("timerfd_settime", errno).message().c_str());
            push_held();
        }
    }
}

void Engine::push_held() {
    pushing_.swap(held_);  // both keep their memory
    for (Peer* peer : pushing_) {
        const Status pushed = peer->push();
        if (!pushed.ok() && !peer->failure) {
            peer->failure = pushed.error();
        }
        after_operations(*peer);
    }
    pushing_.clear();
}

bool Engine::can_sleep() {
    push_held();
    if (!wanting_.empty() || !loopback_.empty() || !waiting_paths_.empty()) {
        return false;
    }
    for (auto& [serial, entry] : links_) {
        if (entry.link->poll.for_data && entry.link->has_buffered_input()) {
            // A partial record is no work; whether it is one, only the opener can tell.
            const auto size =
                entry.link->channel().opener().record_size(entry.link->buffered_input());
            if (!size.ok() || (*size != 0 && *size <= entry.link->buffered_input().size())) {
                return false;
            }
        }
    }
    return true;
}

bool Engine::flush() {
    push_held();
    bool done = loopback_.empty();
    for (auto& [id, entry] : peers_) {
        Peer& peer = *entry.peer;
        if ((peer.state() == Peer::State::kOpen) && peer.has_outstanding()) {
            done = false;
            if (!peer.flush_requested()) {
                const SendResult requested = peer.flush(peer.sequence(), nullptr, {});
                static_cast<void>(requested);  // without room it is asked again at the next call
            }
        }
    }
    return done;
}

}  // namespace ucx_crypto::tcp
