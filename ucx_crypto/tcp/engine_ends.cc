// Engine: how connections end - silence, an orderly close, failure.
#include <algorithm>
#include <chrono>
#include <utility>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/base/log.h"
#include "ucx_crypto/tcp/engine.h"

namespace ucx_crypto::tcp {
namespace {

constexpr unsigned kSilentSeconds = 5;  // for strangers without a HELLO while others wait for room
constexpr unsigned kPathTicks = 5;  // how long what a peer sent before it closed may be on its way
constexpr unsigned kSecondsPerWarning = 60;  // about strangers, once the first have been said
constexpr std::chrono::milliseconds kLastWords{500};  // for one who does not stop talking
constexpr unsigned kYieldedTicks = 3;  // how long to wait for the connection that a peer preferred

}  // namespace

void Engine::tick() {
    if (!in_original_process()) {
        return;
    }
    starved_ = false;
    repeated_left_ = kRepeatedPerSecond;
    if (++ticks_ % kSecondsPerWarning == 0) {
        warnings_left_ = std::min(warnings_left_ + 1, kMostWarnings);
    }
    const bool crowded = accepted_.size() >= settings_.max_handshakes;
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
            handshake_failed(entry, Error(ErrorCode::kTimedOut,
                                          "expected the handshake to end within " +
                                              std::to_string(limit) + " s, found it in state " +
                                              std::string(link.channel().state_name())));
        }
    }
    drop_closed_links();
    const bool progressed = std::exchange(progressed_, false);
    for (auto& [id, entry] : peers_) {
        Peer& peer = *entry.peer;
        if (is_over(entry)) {
            want_attention(entry);  // not worth a call wherever that may come about
            continue;
        }
        entry.waited += peer.state() == Peer::State::kWaiting ? 1 : 0;
        const bool is_alone = peer.state() == Peer::State::kWaiting && entry.outgoing == nullptr &&
                              entry.incoming == nullptr && entry.held == nullptr && !peer.failure;
        if (is_alone && std::exchange(entry.reconnect, false)) {
            connect(entry);
        } else if (is_alone && ++peer.wait_ticks > kYieldedTicks) {
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
        if (peer.link() != nullptr && peer.link()->awaits_path() && progressed && !peer.failure &&
            ++peer.path_ticks > kPathTicks) {
            peer.failure = Error(ErrorCode::kClosed,
                                 "the peer has closed the connection, and what it had sent before "
                                 "has not come over the inner transport");
            want_attention(entry);
        }
        if (peer.state() == Peer::State::kOpen && settings_.keepalive_interval != 0 &&
            ++peer.wait_ticks % settings_.keepalive_interval == 0) {
            const Status sent = peer.send_keepalive();
            if (peer.link()->path() != nullptr) {  // over the path by the thread that may use it
                entry.path_keepalive = true;
                want_attention(entry);
            }
            if (!sent.ok() && !peer.failure) {
                peer.failure = sent.error();
                want_attention(entry);
            }
        }
    }
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
            peer.failure = closed.error();
            settle(entry);  // once more: the peer may have closed before us
        }
    }
}

void Engine::read_last_words(Peer& peer, Link& link) {
    // A send fails as well when the peer has closed in order: what it said before may be unread.
    std::optional<Error> failure = std::exchange(peer.failure, std::nullopt);
    const auto deadline = std::chrono::steady_clock::now() + kLastWords;
    bool more = true;
    while (more && !link.peer_closed() && std::chrono::steady_clock::now() < deadline) {
        const auto received = link.receive(peer);
        more = received.ok() && *received != 0;
        if (!received.ok() && received.error().code() != ErrorCode::kClosed && !peer.failure) {
            peer.failure = received.error();  // behind its CLOSE as well: that is no orderly end
        }
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
    counters_.subtract(stats::Counter::kPeers);
    if (overtaken || !peer.holds_handles()) {
        peer.failure.reset();  // of the connection that has ended
        peer.set_state(Peer::State::kIdle);
        if (!overtaken) {
            peer.fail_operations();  // of those who have let go and canceled nothing
        }
        peer.acknowledge_all();  // completions may send: not on a link that is no more
        ensure_connected(entry);
    } else if (peer.failure) {
        fail(entry, *peer.failure);  // bytes behind its CLOSE, say: no orderly end, and told once
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
        counters_.subtract(stats::Counter::kPeers);
    }
    counters_.add(stats::Counter::kConnectionsFailed);
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

}  // namespace ucx_crypto::tcp
