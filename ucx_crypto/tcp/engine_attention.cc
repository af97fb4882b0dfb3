// Engine: peers that progress() must look at, whatever their sockets say, and the end of those that
// nobody needs any more.
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/tcp/engine.h"

namespace ucx_crypto::tcp {

void Engine::want_attention(PeerEntry& entry) {
    if (entry.attention) {
        return;
    }
    wanting_.push_back(&entry);
    entry.attention = true;
    if (wanting_.size() == 1) {
        const uint64_t one = 1;
        if (::write(wakeup_.get(), &one, sizeof(one)) < 0 && errno != EAGAIN) {
            UCX_CRYPTO_ERROR("%s", system_error("eventfd", errno).message().c_str());
        }
    }
}

unsigned Engine::give_attention() {
    // An observer may add peers, and want attention for any, while we iterate. Both lists keep
    // their memory.
    attended_.swap(wanting_);
    for (PeerEntry* entry : attended_) {
        entry->attention = false;
        attend(*entry);
    }
    drop_closed_links();
    const auto count = static_cast<unsigned>(attended_.size());
    for (const PeerEntry* entry : attended_) {
        if (!entry->attention && is_over(*entry)) {
            forget(*entry);
        }
    }
    attended_.clear();
    // What has just ended wants attention once more: there is nothing left to see to.
    std::erase_if(wanting_, [this](const PeerEntry* entry) {
        const bool over = is_over(*entry);
        if (over) {
            forget(*entry);
        }
        return over;
    });
    return count;
}

void Engine::attend(PeerEntry& entry) {
    Peer& peer = *entry.peer;
    if (peer.state() == Peer::State::kOpen && !peer.failure) {
        LinkEntry& link = entry_of(*peer.link());
        Status status = serve_path(entry, *link.link);
        if (status.ok()) {
            status = peer.advance();
        }
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
            watch_path(*link.link);
        }
    }
    settle(entry);
}

bool Engine::is_over(const PeerEntry& entry) {
    const Peer::State state = entry.peer->state();
    return (state == Peer::State::kFailed || state == Peer::State::kIdle ||
            state == Peer::State::kClosed) &&
           !entry.peer->holds_handles() && entry.outgoing == nullptr && entry.incoming == nullptr &&
           entry.held == nullptr;
}

void Engine::forget(const PeerEntry& entry) {
    const channel::InstanceId id = entry.peer->id();
    // Of a connection that nobody here has held only the peer has lost something, and it is the
    // peer that remembers: its failures may not fill our memory.
    if (entry.peer->state() == Peer::State::kFailed && entry.was_held) {
        dead_.insert(id);
    }
    std::erase(held_, entry.peer.get());
    peers_.erase(id);
}

}  // namespace ucx_crypto::tcp
