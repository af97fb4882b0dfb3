// What the observer is told, and what it may expect of that.
#include <algorithm>

#include "tests/unit/tcp/random_observer.h"

namespace ucx_crypto::tcp {

Completion RandomObserver::Operation::completion() {
    return {[](void* argument, Completion::Outcome) { static_cast<Operation*>(argument)->end(); },
            this};
}

void RandomObserver::Operation::end() {
    observer.promise(in_progress, "what is in progress ends, and once");
    in_progress = false;
    std::erase(observer.ongoing_, this);
    Bytes().swap(data);  // nobody may read it any more
    ++observer.completing_;
    observer.react(peer);
    --observer.completing_;
}

void RandomObserver::failed(Peer& peer, bool orderly) {
    promise(!has_ongoing(peer), "an end is told when all operations have ended");
    promise(orderly || peer.state() == Peer::State::kFailed, "an end without order is for good");
    Held* const held = find(&peer);
    if (held == nullptr) {
        return;
    }
    promise(!held->failed, "nothing is told of a peer that has failed");
    promise(held->attempts != 0 || connections() != held->connections, "an end is told once");
    held->attempts -= held->attempts != 0 ? 1 : 0;
    held->failed = !orderly;
    held->connections = connections();
    held->told = held->seen;
}

void RandomObserver::check_ends() {
    for (Held& held : held_) {
        const Peer::State state = held.peer->state();
        promise(state != Peer::State::kFailed || held.failed,
                "an end without order is told to who holds the peer");
        promise(state != Peer::State::kClosed || !held.peer->has_outstanding() ||
                    held.told == held.seen,
                "an end before everything was acknowledged is told to who holds the peer");
        if (held.peer->link() != nullptr) {
            held.seen = held.peer->link()->poll.serial;
        }
        promise(held.peer->link() != nullptr || !has_ongoing(*held.peer),
                "no operation outlives its connection");
    }
}

uint64_t RandomObserver::connections() const {
    return victim_.engine().counters().get(stats::Counter::kConnections);
}

bool RandomObserver::has_ongoing(const Peer& peer) const {
    return std::any_of(ongoing_.begin(), ongoing_.end(),
                       [&peer](const Operation* operation) { return operation->peer == &peer; });
}

void RandomObserver::promise(bool kept, std::string_view what) {
    if (!kept) {
        broken_.append(broken_.empty() ? "" : "; ").append(what);
    }
}

}  // namespace ucx_crypto::tcp
