// Engine: connections until they are open.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/base/log.h"
#include "ucx_crypto/tcp/engine.h"

namespace ucx_crypto::tcp {
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
    if (claims.agent_uid) {
        text += ", by its node's agent for user " + std::to_string(*claims.agent_uid);
    }
    return text;
}

}  // namespace

Engine::LinkEntry& Engine::add_link(std::unique_ptr<Link> link, PeerEntry* peer) {
    const uint64_t serial = next_serial_++;
    LinkEntry& entry = links_[serial];
    entry.link = std::move(link);
    entry.peer = peer;
    entry.link->poll = {serial, EPOLLIN | EPOLLOUT, false};
    service_poll_.add(entry.link->fd(), entry.link->poll.events, serial);
    begin_handshake(*entry.link);
    return entry;
}

void Engine::service() {
    if (!in_original_process()) {
        return;
    }
    Poll::Events events;
    counters_.add(stats::Counter::kEpollCalls);
    const auto ready = service_poll_.ready(events);
    for (const epoll_event& event : ready) {
        const uint64_t serial = event.data.u64;
        if (serial == 0) {
            accept_connections();
        } else if (serial == kHoldTimerSerial) {
            uint64_t expirations = 0;
            hold_timer_set_ =
                ::read(hold_timer_.get(), &expirations, sizeof(expirations)) < 0 && errno == EAGAIN;
            push_held();
        } else if (LinkEntry* entry = find_link(serial); entry != nullptr) {
            const bool cut = (event.events & (EPOLLHUP | EPOLLERR)) != 0;
            if (entry->link->state() == Link::State::kHeld && cut) {
                // Nothing is read from it while it waits, so nothing but this tells.
                handshake_failed(*entry, Error(ErrorCode::kClosed, "the connection was cut"));
            } else {
                drive(*entry);
            }
        }
    }
    if (!ready.empty()) {  // progress() comes here as long as anybody is in a handshake
        drop_closed_links();
    }
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
    if (is_dead(id)) {
        UCX_CRYPTO_DEBUG("a connection from %s, of a peer that failed before, is refused",
                         link.peer_name().c_str());
        turn_away(entry);
        return;
    }
    const auto known = peers_.find(id);
    if (known == peers_.end() || !known->second.peer->holds_handles()) {
        const Status room = check_uninvited(link);
        if (!room.ok()) {
            warn_of_strangers("refused a connection from " + link.peer_name() + ": " +
                              room.error().message());
            turn_away(entry);
            return;
        }
    }
    PeerEntry& peer = peer_entry(id);
    entry.peer = &peer;
    const bool refuse = peer.peer->state() == Peer::State::kOpen || peer.incoming != nullptr ||
                        (peer.held != nullptr && peer.held != &link) || id == instance_id_;
    if (refuse) {
        UCX_CRYPTO_DEBUG("a connection from %s, the second of the same peer, is refused",
                         link.peer_name().c_str());
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

void Engine::turn_away(LinkEntry& entry) {
    entry.link->close();
    PeerEntry* peer = entry.peer;
    if (peer == nullptr || peer->held != entry.link.get()) {
        return;
    }
    peer->held = nullptr;
    if (peer->peer->state() == Peer::State::kWaiting && peer->outgoing == nullptr &&
        peer->incoming == nullptr) {
        peer->peer->set_state(Peer::State::kIdle);
        ensure_connected(*peer);
    }
    want_attention(*peer);
}

void Engine::link_opened(LinkEntry& entry) {
    Link& link = *entry.link;
    PeerEntry& peer = *entry.peer;
    end_handshake(link);
    peer.reconnect = false;
    peer.notified = false;  // whatever the end of an earlier connection was: this one has another
    if (link.channel().max_plaintext() < settings_.segment_size + kFrameHeaderSize) {
        peer.peer->failure =
            Error(ErrorCode::kUnsupported,
                  "expected a peer with records of at least " +
                      std::to_string(settings_.segment_size + kFrameHeaderSize) + " bytes, found " +
                      std::to_string(link.channel().max_plaintext()) +
                      ": set SEG_SIZE of this transport (UCX_CRYPTO_TCP_SEG_SIZE, say) to the same "
                      "value everywhere");
        want_attention(peer);
    }
    (peer.outgoing == &link ? peer.outgoing : peer.incoming) = nullptr;
    // A peer that does not hold the one while it completes the other gets one of them all the same.
    drop(peer.outgoing);
    drop(peer.incoming);
    drop(peer.held);
    service_poll_.remove(link.fd());
    link.poll.for_data = true;
    link.poll.events = EPOLLIN;
    data_poll_.add(link.fd(), link.poll.events, link.poll.serial);
    link.list(instance_id_, identity_->settings().algorithm);
    const Status path = set_up_path(entry);
    if (!path.ok() && !peer.peer->failure) {
        peer.peer->failure = path.error();
    }
    peer.peer->opened(link);
    counters_.add(stats::Counter::kConnections);
    counters_.add(stats::Counter::kPeers);
    name_aead();
    const std::optional<uint32_t> rank = link.channel().peer_statement().rank;
    peer.peer->set_name((peer.has_address ? peer.address.to_string() : link.peer_name()) +
                        (rank ? ", rank " + std::to_string(*rank) : ""));
    UCX_CRYPTO_INFO("peer %s (%s): %s; %s", peer.peer->name().c_str(),
                    to_hex(peer.peer->id()).c_str(), describe(link.channel().peer_claims()).c_str(),
                    std::string(aead::to_string(identity_->settings().algorithm)).c_str());
    want_attention(peer);
    update_accepting();
}

void Engine::name_aead() {
    const channel::Settings& settings = identity_->settings();
    if (const auto selection = aead::selection(settings.algorithm, settings.aead); selection.ok()) {
        page_.aead.set(aead::to_string(*selection));
    }
}

void Engine::handshake_failed(LinkEntry& entry, const Error& error) {
    Link& link = *entry.link;
    PeerEntry* peer = entry.peer;
    const std::string from = link.peer_name();
    link.close();
    counters_.add(stats::Counter::kHandshakesFailed);
    if (peer == nullptr) {
        if (error.code() == ErrorCode::kClosed || error.code() == ErrorCode::kRefusedByPeer) {
            // Its reason is in its own log; often it merely prefers its other connection.
            UCX_CRYPTO_DEBUG("a connection from %s ended: %s", from.c_str(),
                             error.message().c_str());
        } else {
            warn_of_strangers("refused a connection from " + from + ": " + error.message());
        }
        return;
    }
    if (peer->outgoing == &link) {
        outgoing_failed(*peer, link, error);
    } else if (peer->incoming == &link) {
        peer->incoming = nullptr;
        UCX_CRYPTO_DEBUG("a connection from %s failed: %s", from.c_str(), error.message().c_str());
        if (peer->peer->state() == Peer::State::kWaiting && peer->outgoing == nullptr) {
            peer->peer->set_state(Peer::State::kIdle);
            ensure_connected(*peer);
        }
    } else if (peer->held == &link) {
        peer->held = nullptr;
    }
    want_attention(*peer);
}

void Engine::outgoing_failed(PeerEntry& entry, Link& link, const Error& error) {
    Peer& peer = *entry.peer;
    entry.outgoing = nullptr;
    peer.wait_ticks = 0;
    if (entry.held != nullptr) {
        decide(entry_of(*entry.held));
        return;
    }
    if (entry.incoming != nullptr) {
        return;
    }
    const bool closed = error.code() == ErrorCode::kClosed;
    // A listener that strangers crowd closes those that it has not heard yet. It had no HELLO of
    // ours, or did not answer it: nothing has been said on that connection that could be lost.
    const bool unheard = closed && !link.channel().peer_announced() &&
                         link.channel().phase() == channel::SecureChannel::Phase::kHandshake;
    if (unheard && entry.waited < settings_.handshake_timeout) {
        if (std::exchange(entry.has_reconnected, true)) {
            entry.reconnect = true;
        } else {
            connect(entry);
        }
        return;
    }
    // Else the peer may have closed it because it preferred its own connection to us, which then is
    // on its way. Not when it said that it refuses us, or is somebody else at that address.
    const bool yielded = closed && !unheard && instance_id_ < peer.id();
    if (!yielded) {
        peer.failure = error;
    }
}

}  // namespace ucx_crypto::tcp
