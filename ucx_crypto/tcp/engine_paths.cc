// Engine: connections whose records take a path other than their socket.
#include <utility>

#include "ucx_crypto/tcp/engine.h"

namespace ucx_crypto::tcp {

Status Engine::set_up_path(LinkEntry& entry) {
    if (paths_ != nullptr) {
        // The path itself is made by serve_path(): this may be the asynchronous thread.
        PathObserver& observer = *this;
        entry.link->use_path(std::make_unique<PathStream>(
            *paths_, UCX_CRYPTO_TRY(entry.link->channel().take_path_stream()), *entry.peer->peer,
            observer, entry.link->poll.serial, pool_, counters_));
    }
    return success();
}

Status Engine::serve_path(PeerEntry& entry, Link& link) {
    PathStream* path = link.path();
    if (path == nullptr) {
        return success();
    }
    if (path->state() == PathStream::State::kNew) {
        UCX_CRYPTO_TRY(path->start());
    }
    UCX_CRYPTO_TRY(link.send_path_messages());
    if (std::exchange(entry.path_keepalive, false)) {
        // It also shows that nothing was taken out before it: the peer opens in exact sequence.
        UCX_CRYPTO_TRY(path->send_record(record::RecordType::kKeepalive, {}));
    }
    return success();
}

void Engine::watch_path(Link& link) {
    if (link.path() == nullptr) {
        return;
    }
    if (link.path()->has_unsent() && !link.poll.path_waits) {
        link.poll.path_waits = true;
        waiting_paths_.push_back(link.poll.serial);
    }
    if (link.path()->take_opened()) {
        want_attention(*find_link(link.poll.serial)->peer);
    }
}

unsigned Engine::advance_paths() {
    unsigned count = 0;
    for (const uint64_t serial : std::exchange(waiting_paths_, {})) {
        LinkEntry* entry = find_link(serial);
        if (entry == nullptr || entry->link->state() != Link::State::kOpen) {
            continue;
        }
        Link& link = *entry->link;
        Peer& peer = *entry->peer->peer;
        link.poll.path_waits = false;
        Status status = link.path()->flush();
        if (status.ok() && !link.path()->has_unsent()) {
            ++count;
            status = peer.advance();
            if (status.ok() && peer.state() == Peer::State::kOpen) {
                observer_.on_writable(peer);
            }
        }
        if (!status.ok() && !peer.failure) {
            peer.failure = status.error();
        }
        if (peer.failure || (!peer.holds_handles() && !peer.peer_holds_handles())) {
            want_attention(*entry->peer);
        }
        watch_path(link);
    }
    return count;
}

void Engine::on_path_activity(uint64_t link_serial) {
    LinkEntry* entry = find_link(link_serial);
    if (entry == nullptr || entry->link->state() != Link::State::kOpen) {
        return;
    }
    Link& link = *entry->link;
    Peer& peer = *entry->peer->peer;
    Status status = success();
    if (link.path()->failure()) {
        status = Error(*link.path()->failure());
    } else if (!link.has_unsent()) {
        status = peer.advance();
    }
    if (!status.ok() && !peer.failure) {
        peer.failure = status.error();
    }
    if (link.peer_closed() || peer.failure || peer.state() == Peer::State::kClosing ||
        (!peer.holds_handles() && !peer.peer_holds_handles())) {
        want_attention(*entry->peer);
    }
    watch_path(link);
}

}  // namespace ucx_crypto::tcp
