#include "tests/unit/tcp/random_observer.h"

#include <algorithm>

namespace ucx_crypto::tcp {
namespace {

constexpr unsigned kDeepest = 3;  // callback within callback

}  // namespace

RandomObserver::RandomObserver(Node& victim, Dice& dice, uint64_t target, const Token& token)
    : victim_(victim), dice_(dice), target_(target), token_(token) {
    victim_.message_hook = [this](uint8_t, MutableByteView) { react(nullptr); };
    victim_.writable_hook = [this](Peer& peer) { react(&peer); };
    victim_.failure_hook = [this](Peer& peer) {
        failed(peer, victim_.failures.back().orderly);
        react(&peer);
    };
}

const std::vector<RandomObserver::Action>& RandomObserver::actions() {
    using Self = RandomObserver;
    static const std::vector<Action> kActions{
        {"attaches", 12, [](Self& self) { self.attach(); }},
        {"releases", 6, [](Self& self) { self.release(); }},
        {"lets go of a peer", 6, [](Self& self) { self.let_go_of_one(); }},
        {"cancels", 2, [](Self& self) { self.cancel(); }},
        {"sends a message", 12, [](Self& self) { self.send(self.dice_.below(2000)); }},
        {"sends a large message", 6, [](Self& self) { self.send(60000); }},
        {"puts", 6, [](Self& self) { self.put(); }},
        {"flushes", 20, [](Self& self) { self.flush(); }},
        {"flushes everything", 2, [](Self& self) { self.victim_.engine().flush(); }},
        {"asks whether it may sleep", 2, [](Self& self) { self.victim_.engine().can_sleep(); }},
        {"makes progress", 4, [](Self& self) { self.make_progress(); }},
    };
    return kActions;
}

std::string_view RandomObserver::act() {
    const Action& action = dice_.action_of(actions());
    action.act(*this);
    return action.name;
}

void RandomObserver::react(Peer* about) {
    if (quiet_ || depth_ == kDeepest) {
        return;
    }
    ++depth_;
    Peer* const outer = std::exchange(about_, about);
    for (unsigned left = dice_.below(3); left > 0; --left) {
        act();
    }
    about_ = outer;
    --depth_;
}

// -- what it may do --

void RandomObserver::attach() {
    const Other& other = choose_other();
    // Of those that it holds it knows whether they are closed: then it asks for a new connection.
    std::vector<const Peer*> closed;
    for (const Held& held : held_) {
        if (held.peer->state() == Peer::State::kClosed) {
            closed.push_back(held.peer);
        }
    }
    const auto peer = victim_.engine().attach(other.id, other.address);
    if (!peer.ok()) {
        return;  // one that has failed before
    }
    Held* held = find(*peer);
    if (held == nullptr) {
        held_.push_back({*peer, 1, 1, false, connections()});
        return;
    }
    ++held->handles;
    held->attempts += std::count(closed.begin(), closed.end(), *peer);
}

void RandomObserver::release() {
    if (Peer* peer = choose()) {
        release(*peer, dice_.one_in(2));
    }
}

void RandomObserver::let_go_of_one() {
    if (Peer* peer = choose()) {
        while (find(peer) != nullptr) {
            release(*peer, dice_.one_in(2));
        }
    }
}

void RandomObserver::release(Peer& peer, bool cancels) {
    Held* const held = find(&peer);
    const bool last = --held->handles == 0;
    if (last) {
        held_.erase(held_.begin() + (held - held_.data()));
    }
    // What completions do now does not concern this handle.
    if (last && cancels) {
        cancel_all(peer);
    }
    victim_.engine().after_operations(peer);
    victim_.engine().release(peer);
}

void RandomObserver::cancel() {
    if (Peer* peer = choose()) {
        cancel_all(*peer);
        if (find(peer) != nullptr) {
            victim_.engine().after_operations(*peer);
        }
    }
}

void RandomObserver::cancel_all(Peer& peer) {
    const void* const owner = &peer;
    std::vector<const Operation*> canceled;  // those that completions start now are not
    for (const Operation* operation : ongoing_) {
        if (operation->peer == &peer && operation->owner == owner) {
            canceled.push_back(operation);
        }
    }
    peer.cancel(owner);
    // Where a completion cancels, others may be about to be told already.
    promise(completing_ != 0 ||
                std::none_of(canceled.begin(), canceled.end(),
                             [](const Operation* operation) { return operation->in_progress; }),
            "what has been canceled has ended");
}

void RandomObserver::send(size_t size) {
    if (Peer* peer = choose()) {
        const Bytes message = pattern(size, 1);
        const ByteView part = message;
        static_cast<void>(peer->send_active_message(1, {&part, 1}));
        victim_.engine().after_operations(*peer);
    }
}

void RandomObserver::put() {
    if (Peer* peer = choose()) {
        perform(*peer, Bytes(dice_.below(kLargestPut)), [&](Operation& operation) {
            const ByteView part = operation.data;
            return peer->put({&part, 1}, token_, target_, operation.owner, operation.completion());
        });
    }
}

void RandomObserver::flush() {
    if (Peer* peer = choose()) {
        perform(*peer, {}, [&](Operation& operation) {
            return peer->flush(peer->sequence(), operation.owner, operation.completion());
        });
    }
}

void RandomObserver::make_progress() {
    if (depth_ != 0 && !progressing_) {
        return;  // in a completion that cancel() calls: whom it is about might be forgotten
    }
    const bool within = std::exchange(progressing_, true);
    const unsigned count = victim_.engine().progress();
    progressing_ = within;
    promise(!within || count == 0, "progress() does nothing in a callback");
}

template <typename Start>
void RandomObserver::perform(Peer& peer, Bytes data, Start start) {
    const void* const owner = dice_.one_in(4) ? nullptr : &peer;
    Operation& operation =
        operations_.emplace_back(Operation{*this, &peer, owner, std::move(data), false});
    operation.in_progress = start(operation) == SendResult::kInProgress;
    if (operation.in_progress) {
        ongoing_.push_back(&operation);
    } else {
        Bytes().swap(operation.data);
    }
    victim_.engine().after_operations(peer);
}

void RandomObserver::let_go() {
    quiet_ = true;
    while (!held_.empty()) {
        release(*held_.back().peer, true);
    }
}

// -- whom it means --

RandomObserver::Held* RandomObserver::find(const Peer* peer) {
    const auto found = std::find_if(held_.begin(), held_.end(),
                                    [peer](const Held& held) { return held.peer == peer; });
    return found == held_.end() ? nullptr : &*found;
}

Peer* RandomObserver::choose() {
    if (about_ != nullptr && dice_.one_in(2) && find(about_) != nullptr) {
        return about_;
    }
    if (held_.empty()) {
        return nullptr;
    }
    // Mostly the one that it has come to hold last.
    return (dice_.one_in(2) ? held_.back() : held_[dice_.below(held_.size())]).peer;
}

const RandomObserver::Other& RandomObserver::choose_other() {
    if (about_ != nullptr && dice_.one_in(2)) {
        const auto found = std::find_if(others_.begin(), others_.end(), [this](const Other& other) {
            return other.id == about_->id();
        });
        if (found != others_.end()) {
            return *found;
        }
    }
    return others_[dice_.below(others_.size())];
}

}  // namespace ucx_crypto::tcp
