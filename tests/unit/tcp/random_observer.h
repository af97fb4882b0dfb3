// An observer of an engine that does at random what an observer may, in each of its callbacks and
// in between, and holds the engine to its promises.
#pragma once

#include <deque>

#include "tests/unit/tcp/dice.h"
#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {

class RandomObserver {
  public:
    /// Somebody on whom handles may be taken.
    struct Other {
        channel::InstanceId id;
        SocketAddress address;
    };
    static constexpr size_t kLargestPut = 300000;

    /// Takes the hooks of `victim`, which outlives this as `dice` does. PUTs go to the kLargestPut
    /// bytes at `target`.
    RandomObserver(Node& victim, Dice& dice, uint64_t target, const Token& token);

    /// Those that it may take handles on from now on.
    void meet(std::vector<Other> others) { others_ = std::move(others); }

    /// Does one thing and returns its name.
    std::string_view act();
    void make_progress();
    /// From now on it holds nothing, and does nothing in callbacks.
    void let_go();
    /// What has ended has been told by the time that no callback is running.
    void check_ends();
    /// Of operations that have not ended.
    size_t in_progress() const { return ongoing_.size(); }
    /// The promises that the engine has broken.
    const std::string& broken() const { return broken_; }

  private:
    using Action = RandomAction<RandomObserver&>;
    struct Held {
        Peer* peer;
        unsigned handles;
        unsigned attempts;     // to connect whose end has not been told
        bool failed;           // an end without order has been told, which is for good
        uint64_t connections;  // of the victim in all, when an end was told last
        uint64_t seen = 0;     // serial of its last link that check_ends() has met
        uint64_t told = 0;     // `seen`, when an end was told last
    };
    struct Operation {
        RandomObserver& observer;
        Peer* peer;
        const void* owner;
        Bytes data;  // as long as it is in progress
        bool in_progress;

        Completion completion();
        void end();
    };

    static const std::vector<Action>& actions();
    void attach();
    void release();
    void let_go_of_one();
    void cancel();
    void send(size_t size);
    void put();
    void flush();

    void react(Peer* about);
    void failed(Peer& peer, bool orderly);
    void release(Peer& peer, bool cancels);
    void cancel_all(Peer& peer);
    template <typename Start>
    void perform(Peer& peer, Bytes data, Start start);
    Held* find(const Peer* peer);
    Peer* choose();
    const Other& choose_other();
    uint64_t connections() const;
    bool has_ongoing(const Peer& peer) const;
    void promise(bool kept, std::string_view what);

    Node& victim_;
    Dice& dice_;
    std::vector<Other> others_;
    uint64_t target_;
    Token token_;
    std::vector<Held> held_;
    std::deque<Operation> operations_;
    std::vector<Operation*> ongoing_;
    Peer* about_ = nullptr;    // whom the callback that is running is about
    unsigned depth_ = 0;       // of callbacks
    unsigned completing_ = 0;  // of those that are completions
    bool progressing_ = false;
    bool quiet_ = false;
    std::string broken_;
};

}  // namespace ucx_crypto::tcp
