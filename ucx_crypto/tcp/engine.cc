#include "ucx_crypto/tcp/engine.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::tcp {
namespace {

constexpr int kMaxEvents = 16;
constexpr size_t kIdleBuffers = 8;
constexpr std::chrono::milliseconds kLinger{500};  // for a peer that does not read
constexpr unsigned kSilentSeconds = 5;  // for strangers without a HELLO while others wait for room
constexpr unsigned kYieldedTicks = 3;   // how long to wait for the connection that a peer preferred

/// Both directions of a 64 KiB frame with room to go on: fits the L2 cache of current servers.
size_t buffer_capacity(size_t segment_size) {
    return 4 * record::Sealer::sealed_bound(segment_size + 1024);
}

Result<UniqueFd> make_poll() {
    UniqueFd fd(epoll_create1(EPOLL_CLOEXEC));
    if (!fd.valid()) {
        return system_error("epoll_create1", errno);
    }
    return fd;
}

void control(const UniqueFd& poll, int operation, int fd, uint32_t events, uint64_t serial) {
    if (!in_original_process()) {
        return;  // the poll is the parent's as well
    }
    epoll_event event{};
    event.events = events;
    event.data.u64 = serial;
    if (epoll_ctl(poll.get(), operation, fd, &event) != 0) {
        UCX_CRYPTO_ERROR("%s", system_error("epoll_ctl", errno).message().c_str());
    }
}

}  // namespace

Engine::Engine(const EngineSettings& settings, std::shared_ptr<channel::Identity> identity,
               uint32_t interface_counter, RegionTable& regions, EngineObserver& observer)
    : settings_(settings),
      identity_(std::move(identity)),
      interface_counter_(interface_counter),
      instance_id_(identity_->instance_id(interface_counter)),
      regions_(regions),
      observer_(observer),
      pool_(buffer_capacity(settings.segment_size), kIdleBuffers) {}

Result<std::unique_ptr<Engine>> Engine::create(const EngineSettings& settings,
                                               const SocketAddress& address,
                                               std::shared_ptr<channel::Identity> identity,
                                               uint32_t interface_counter, RegionTable& regions,
                                               EngineObserver& observer) {
    std::unique_ptr<Engine> engine(
        new Engine(settings, std::move(identity), interface_counter, regions, observer));
    engine->listener_ = UCX_CRYPTO_TRY(listen_on(address, settings.first_port, settings.last_port));
    engine->listen_address_ = UCX_CRYPTO_TRY(local_address(engine->listener_));
    engine->service_poll_ = UCX_CRYPTO_TRY(make_poll());
    engine->data_poll_ = UCX_CRYPTO_TRY(make_poll());
    engine->wakeup_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!engine->wakeup_.valid()) {
        return system_error("eventfd", errno);
    }
    control(engine->data_poll_, EPOLL_CTL_ADD, engine->wakeup_.get(), EPOLLIN, 0);
    engine->update_accepting();
    return engine;
}

Engine::~Engine() {
    if (!in_original_process()) {
        return;  // only the descriptors are a forked child's own
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

// ---------------------------------------------------------------- peers

Engine::PeerEntry& Engine::peer_entry(const channel::InstanceId& id) {
    PeerEntry& entry = peers_[id];
    if (!entry.peer) {
        entry.peer = std::make_unique<Peer>(id, observer_, regions_);
    }
    return entry;
}

Result<Peer*> Engine::attach(const channel::InstanceId& id, const SocketAddress& address) {
    PeerEntry& entry = peer_entry(id);
    Peer& peer = *entry.peer;
    if (peer.state() == Peer::State::kFailed) {
        return Error(ErrorCode::kClosed,
                     "the peer failed before, and a new connection would hide lost messages");
    }
    entry.address = address;
    entry.has_address = true;
    peer.add_handle();
    if (peer.state() == Peer::State::kClosed) {
        peer.set_state(Peer::State::kIdle);
        entry.notified = false;
    }
    ensure_connected(entry);
    want_attention(entry);
    return &peer;
}

void Engine::release(Peer& peer) {
    peer.release_handle();
    want_attention(peers_.at(peer.id()));
}

void Engine::ensure_connected(PeerEntry& entry) {
    Peer& peer = *entry.peer;
    if (peer.state() != Peer::State::kIdle || !entry.has_address || !peer.holds_handles()) {
        return;
    }
    peer.set_state(Peer::State::kWaiting);
    if (entry.incoming != nullptr || entry.held != nullptr) {
        return;
    }
    const Status started = connect(entry);
    if (!started.ok()) {
        peer.failure = started.error();
        want_attention(entry);
    }
}

Status Engine::connect(PeerEntry& entry) {
    auto socket = UCX_CRYPTO_TRY(start_connect(entry.address, settings_.socket));
    auto channel = UCX_CRYPTO_TRY(channel::SecureChannel::create(
        identity_, {channel::Role::kClient, interface_counter_, entry.peer->id()}));
    auto link = std::make_unique<Link>(std::move(socket), std::move(channel),
                                       channel::Role::kClient, pool_);
    entry.outgoing = link.get();
    return add_link(std::move(link), &entry);
}

void Engine::want_attention(PeerEntry& entry) {
    entry.attention = true;
    if (!attention_) {
        attention_ = true;
        const uint64_t one = 1;
        if (::write(wakeup_.get(), &one, sizeof(one)) < 0 && errno != EAGAIN) {
            UCX_CRYPTO_ERROR("%s", system_error("eventfd", errno).message().c_str());
        }
    }
}

// ---------------------------------------------------------------- handshakes

void Engine::update_accepting() {
    const bool accepting = !starved_ && accepted_ < settings_.max_handshakes;
    if (accepting_ != accepting) {
        accepting_ = accepting;
        control(service_poll_, accepting ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener_.get(), EPOLLIN,
                0);
    }
}

void Engine::count_handshake(const Link& link, int change) {
    handshakes_ += change;
    // Those that we have begun are not limited: if they were, and nobody accepted while they wait,
    // many nodes that connect to each other would all wait for ever.
    accepted_ += link.role() == channel::Role::kServer ? change : 0;
}

Status Engine::add_link(std::unique_ptr<Link> link, PeerEntry* peer) {
    const uint64_t serial = next_serial_++;
    LinkEntry& entry = links_[serial];
    entry.link = std::move(link);
    entry.peer = peer;
    entry.link->poll = {serial, EPOLLIN | EPOLLOUT, false};
    control(service_poll_, EPOLL_CTL_ADD, entry.link->fd(), entry.link->poll.events, serial);
    count_handshake(*entry.link, 1);
    return success();
}

void Engine::accept_connections() {
    while (accepted_ < settings_.max_handshakes) {
        auto socket = accept_from(listener_, settings_.socket);
        if (!socket.ok()) {
            // Mostly descriptors or memory: asking again at once would give nothing but the same.
            starved_ = true;
            warn_of_strangers(socket.error().message());
            break;
        }
        if (!socket->valid()) {
            return;
        }
        auto channel = channel::SecureChannel::create(
            identity_, {channel::Role::kServer, interface_counter_, {}});
        if (!channel.ok()) {
            UCX_CRYPTO_ERROR("%s", channel.error().message().c_str());
            return;
        }
        const Status added =
            add_link(std::make_unique<Link>(std::move(*socket), std::move(*channel),
                                            channel::Role::kServer, pool_),
                     nullptr);
        static_cast<void>(added);
    }
    update_accepting();  // the rest waits in the kernel's backlog
}

void Engine::service() {
    if (!in_original_process()) {
        return;
    }
    std::array<epoll_event, kMaxEvents> events{};
    const int count = epoll_wait(service_poll_.get(), events.data(), kMaxEvents, 0);
    for (int i = 0; i < count; ++i) {
        const uint64_t serial = events[static_cast<size_t>(i)].data.u64;
        if (serial == 0) {
            accept_connections();
        } else if (LinkEntry* entry = find_link(serial); entry != nullptr) {
            const bool cut = (events[static_cast<size_t>(i)].events & (EPOLLHUP | EPOLLERR)) != 0;
            if (entry->link->state() == Link::State::kHeld && cut) {
                // Nothing is read from it while it waits, so nothing but this tells.
                handshake_failed(*entry, Error(ErrorCode::kClosed, "the connection was cut"));
            } else {
                drive(*entry);
            }
        }
    }
    drop_closed_links();
}

Engine::LinkEntry* Engine::find_link(uint64_t serial) {
    const auto found = links_.find(serial);
    return found == links_.end() ? nullptr : &found->second;
}

Engine::LinkEntry& Engine::entry_of(const Link& link) {
    for (auto& [serial, entry] : links_) {
        if (entry.link.get() == &link) {
            return entry;
        }
    }
    UCX_CRYPTO_ERROR("a link that the engine does not own");
    std::abort();
}

void Engine::drive(LinkEntry& entry) {
    Link& link = *entry.link;
    if (link.state() == Link::State::kOpen || link.state() == Link::State::kClosed ||
        link.state() == Link::State::kHeld) {
        return;
    }
    const Status driven = link.drive_handshake();
    if (!driven.ok()) {
        handshake_failed(entry, driven.error());
        return;
    }
    if (link.state() == Link::State::kHeld) {
        decide(entry);
    } else if (link.state() == Link::State::kOpen) {
        link_opened(entry);
    } else {
        poll_link(*entry.link);
    }
}

void Engine::decide(LinkEntry& entry) {
    Link& link = *entry.link;
    const channel::InstanceId id = link.channel().peer_instance();
    PeerEntry& peer = peer_entry(id);
    entry.peer = &peer;
    const bool refuse = peer.peer->state() == Peer::State::kFailed ||
                        peer.peer->state() == Peer::State::kOpen || peer.incoming != nullptr ||
                        (peer.held != nullptr && peer.held != &link) || id == instance_id_;
    if (refuse) {
        UCX_CRYPTO_DEBUG("a second connection of the same peer is refused");
        link.close();
        return;
    }
    // One side alone chooses between two simultaneous connections: the one with the larger id keeps
    // its own and holds the other's until its own is open, or has failed. What comes while an
    // earlier connection is closing waits for its end.
    const bool hold =
        peer.peer->link() != nullptr || (peer.outgoing != nullptr && instance_id_ > id);
    if (hold) {
        peer.held = &link;
        poll_link(*entry.link);
        return;
    }
    peer.held = nullptr;
    peer.incoming = &link;
    const Status admitted = link.admit();
    if (!admitted.ok()) {
        handshake_failed(entry, admitted.error());
    } else if (link.state() == Link::State::kOpen) {
        link_opened(entry);
    } else {
        poll_link(*entry.link);
    }
}

namespace {

/// What a person wants to know of a peer, for the log.
std::string describe(const attest::Claims& claims) {
    if (claims.mode == attest::Mode::kOff) {
        return "not attested, a member by the domain key alone";
    }
    std::string text = claims.emulated ? "attested by EMULATED SEV-SNP" : "attested by SEV-SNP";
    constexpr size_t kShown = 8;
    text += ", product " + claims.product + ", VMPL " + std::to_string(claims.vmpl) +
            ", measurement " +
            to_hex(ByteView(claims.measurement).first(std::min(kShown, claims.measurement.size())));
    return text;
}

}  // namespace

void Engine::link_opened(LinkEntry& entry) {
    Link& link = *entry.link;
    PeerEntry& peer = *entry.peer;
    count_handshake(link, -1);
    if (link.channel().max_plaintext() < settings_.segment_size + kFrameHeaderSize) {
        peer.peer->failure =
            Error(ErrorCode::kUnsupported,
                  "expected a peer with records of at least " +
                      std::to_string(settings_.segment_size + kFrameHeaderSize) + " bytes, found " +
                      std::to_string(link.channel().max_plaintext()) +
                      ": set UCX_CRYPTO_TCP_SEG_SIZE to the same value everywhere");
        want_attention(peer);
    }
    (peer.outgoing == &link ? peer.outgoing : peer.incoming) = nullptr;
    // A peer that does not hold the one while it completes the other gets one of them all the same.
    drop(peer.outgoing);
    drop(peer.incoming);
    drop(peer.held);
    control(service_poll_, EPOLL_CTL_DEL, link.fd(), 0, 0);
    link.poll.for_data = true;
    link.poll.events = EPOLLIN;
    control(data_poll_, EPOLL_CTL_ADD, link.fd(), link.poll.events, link.poll.serial);
    peer.peer->opened(link);
    UCX_CRYPTO_INFO("peer %s: %s; %s", to_hex(peer.peer->id()).c_str(),
                    describe(link.channel().peer_claims()).c_str(),
                    std::string(aead::to_string(identity_->settings().algorithm)).c_str());
    want_attention(peer);
    update_accepting();
}

void Engine::warn_of_strangers(const std::string& message) {
    if (warnings_left_ > 0) {
        --warnings_left_;
        UCX_CRYPTO_WARN("%s", message.c_str());
    }
}

void Engine::handshake_failed(LinkEntry& entry, const Error& error) {
    Link& link = *entry.link;
    PeerEntry* peer = entry.peer;
    const std::string state(link.channel().state_name());
    link.close();
    if (peer == nullptr) {
        warn_of_strangers("refused an incoming connection (" + state + "): " + error.message());
        return;
    }
    if (peer->outgoing == &link) {
        peer->outgoing = nullptr;
        if (peer->held != nullptr) {
            decide(entry_of(*peer->held));
            return;
        }
        // The peer may have closed it because it preferred its own connection to us, which then is
        // on its way.
        const bool yielded = error.code() == ErrorCode::kClosed && instance_id_ < peer->peer->id();
        if (peer->incoming == nullptr && !yielded) {
            peer->peer->failure = error;
        }
        peer->peer->wait_ticks = 0;
    } else if (peer->incoming == &link) {
        peer->incoming = nullptr;
        UCX_CRYPTO_DEBUG("incoming connection failed (%s): %s", state.c_str(),
                         error.message().c_str());
        if (peer->peer->state() == Peer::State::kWaiting && peer->outgoing == nullptr) {
            peer->peer->set_state(Peer::State::kIdle);
            ensure_connected(*peer);
        }
    } else if (peer->held == &link) {
        peer->held = nullptr;
    }
    want_attention(*peer);
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
                count_handshake(*entry.link, -1);
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
        control(link.poll.for_data ? data_poll_ : service_poll_, EPOLL_CTL_MOD, link.fd(), events,
                link.poll.serial);
    }
}

// ---------------------------------------------------------------- time

void Engine::tick() {
    if (!in_original_process()) {
        return;
    }
    starved_ = false;
    const bool crowded = accepted_ >= settings_.max_handshakes;
    for (auto& [serial, entry] : links_) {
        Link& link = *entry.link;
        if (link.poll.for_data || link.state() == Link::State::kClosed) {
            continue;
        }
        // A member speaks as soon as it is connected: who is silent may not keep others out.
        const bool silent =
            link.role() == channel::Role::kServer && !link.channel().peer_announced();
        const unsigned limit = crowded && silent
                                   ? std::min(kSilentSeconds, settings_.handshake_timeout)
                                   : settings_.handshake_timeout;
        if (link.tick() > limit) {
            handshake_failed(
                entry, Error(ErrorCode::kTimedOut, "expected the handshake to end within " +
                                                       std::to_string(limit) + " s, found it in " +
                                                       std::string(Link::to_string(link.state()))));
        }
    }
    drop_closed_links();
    const bool progressed = std::exchange(progressed_, false);
    for (auto& [id, entry] : peers_) {
        Peer& peer = *entry.peer;
        if (peer.state() == Peer::State::kWaiting && entry.outgoing == nullptr &&
            entry.incoming == nullptr && entry.held == nullptr && !peer.failure &&
            ++peer.wait_ticks > kYieldedTicks) {
            peer.failure = Error(ErrorCode::kClosed,
                                 "the peer closed the connection in the handshake; see its log");
            want_attention(entry);
        }
        // Who has not answered our CLOSE is missed only by those who want the peer again.
        const bool is_awaited = peer.state() == Peer::State::kOpen ||
                                (peer.state() == Peer::State::kClosing && peer.holds_handles());
        if (peer.take_heard()) {
            peer.silent_ticks = 0;
        } else if (is_awaited && settings_.keepalive_interval != 0 && progressed && !peer.failure &&
                   ++peer.silent_ticks >
                       settings_.keepalive_interval * settings_.keepalive_misses) {
            // Seconds without progress do not count: what the peer sent may be waiting unread.
            peer.failure = Error(
                ErrorCode::kTimedOut,
                "expected a keepalive every " + std::to_string(settings_.keepalive_interval) +
                    " s, found the peer silent for " + std::to_string(peer.silent_ticks) + " s");
            want_attention(entry);
        }
        if (peer.state() == Peer::State::kOpen && settings_.keepalive_interval != 0 &&
            ++peer.wait_ticks % settings_.keepalive_interval == 0) {
            const Status sent = peer.send_keepalive();
            if (!sent.ok() && !peer.failure) {
                peer.failure = sent.error();
                want_attention(entry);
            }
        }
    }
}

// ---------------------------------------------------------------- progress

unsigned Engine::progress() {
    if (!in_original_process()) [[unlikely]] {
        return 0;
    }
    progressed_ = true;
    unsigned count = attention_ ? give_attention() : 0;
    if (handshakes_ != 0) {
        service();  // a rank that waits here should not wait for the asynchronous thread as well
    }
    std::array<epoll_event, kMaxEvents> events;
    const int ready = epoll_wait(data_poll_.get(), events.data(), kMaxEvents, 0);
    bool closed = false;
    for (int i = 0; i < ready; ++i) {
        const epoll_event& event = events[static_cast<size_t>(i)];
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
    }
    return count;
}

unsigned Engine::give_attention() {
    attention_ = false;
    unsigned count = 0;
    // An observer may add peers while we iterate: a map's iterators stay valid.
    for (auto it = peers_.begin(); it != peers_.end();) {
        PeerEntry& entry = it->second;
        const channel::InstanceId id = it->first;
        if (entry.attention) {
            entry.attention = false;
            ++count;
            Peer& peer = *entry.peer;
            if (peer.state() == Peer::State::kOpen && !peer.failure) {
                LinkEntry& link = entry_of(*peer.link());
                Status status = peer.advance();
                if (status.ok()) {
                    observer_.on_writable(peer);
                }
                if (status.ok() && link.link->has_buffered_input()) {
                    auto received = link.link->receive(peer);
                    status = received.ok() ? success() : Status(std::move(received).error());
                }
                if (!status.ok() && !peer.failure) {
                    peer.failure = status.error();
                }
                if (link.link->state() == Link::State::kOpen) {
                    poll_link(*link.link);
                }
            }
            settle(entry);
        }
        it = peers_.upper_bound(id);
    }
    drop_closed_links();
    std::erase_if(peers_, [](const auto& item) {
        const PeerEntry& entry = item.second;
        return (entry.peer->state() == Peer::State::kIdle ||
                entry.peer->state() == Peer::State::kClosed) &&
               !entry.peer->holds_handles() && entry.outgoing == nullptr &&
               entry.incoming == nullptr && entry.held == nullptr;
    });
    return count;
}

void Engine::settle(PeerEntry& entry) {
    Peer& peer = *entry.peer;
    Link* link = peer.link();
    if (peer.state() == Peer::State::kFailed) {
        return;
    }
    if (peer.failure && peer.failure->code() == ErrorCode::kClosed && link != nullptr) {
        read_last_words(peer, *link);
    }
    if (link != nullptr && link->peer_closed()) {
        link_ended(entry);
        return;
    }
    if (peer.failure) {
        fail(entry, *peer.failure);
        return;
    }
    // Only the side that connected closes, so that both never wait for, or race with, each other.
    if (link != nullptr && peer.state() == Peer::State::kOpen &&
        link->role() == channel::Role::kClient && !peer.holds_handles() &&
        !peer.peer_holds_handles() && peer.quiet()) {
        const Status closed = peer.send_close();
        if (!closed.ok()) {
            fail(entry, closed.error());
        }
    }
}

void Engine::read_last_words(Peer& peer, Link& link) {
    // A send fails as well when the peer has closed in order: what it said before may be unread.
    std::optional<Error> failure = std::exchange(peer.failure, std::nullopt);
    bool more = true;
    while (more && !link.peer_closed()) {
        const auto received = link.receive(peer);
        more = received.ok() && *received != 0;
    }
    if (!link.peer_closed() && !peer.failure) {
        peer.failure = std::move(failure);
    }
}

void Engine::link_ended(PeerEntry& entry) {
    Peer& peer = *entry.peer;
    Link* link = peer.link();
    // We closed it for want of handles and have one again, or the peer did so before it knew of
    // ours: nothing has been sent for it, and a new connection will carry it.
    const bool overtaken = peer.state() == Peer::State::kClosing || peer.resuming();
    if (peer.state() == Peer::State::kOpen) {
        const Status answered = peer.send_close();
        static_cast<void>(answered);  // the peer may already have gone, which it has said
    }
    link->close();
    peer.detach_link();
    if (overtaken || !peer.holds_handles()) {
        peer.acknowledge_all();
        peer.set_state(Peer::State::kIdle);
        ensure_connected(entry);
    } else {
        // The peer is gone for good.
        peer.set_state(Peer::State::kClosed);
        if (peer.has_outstanding() && !entry.notified) {
            entry.notified = true;
            peer.fail_operations();
            observer_.on_failed(
                peer, Error(ErrorCode::kClosed, "the peer has closed the connection"), true);
        }
    }
    if (entry.held != nullptr) {
        decide(entry_of(*entry.held));
    }
    want_attention(entry);
}

void Engine::fail(PeerEntry& entry, const Error& error) {
    Peer& peer = *entry.peer;
    const Error reason = error;
    peer.set_state(Peer::State::kFailed);
    if (peer.link() != nullptr) {
        peer.link()->close();
        peer.detach_link();
    }
    drop(entry.outgoing);
    drop(entry.incoming);
    drop(entry.held);
    peer.fail_operations();
    if (!entry.notified) {
        entry.notified = true;
        observer_.on_failed(peer, reason, false);
    }
    want_attention(entry);
}

bool Engine::can_sleep() {
    if (attention_ || !loopback_.empty()) {
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
