#include <sys/mman.h>

#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {
namespace {

constexpr size_t kLarge = size_t{64} << 20;  // far more than sockets and buffers hold

/// A user's buffer that can be taken away: a read or write of it ends the process then.
class UserBuffer {
  public:
    explicit UserBuffer(size_t size)
        : size_(size),
          memory_(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
        REQUIRE(memory_ != MAP_FAILED);
        std::memset(memory_, 0x5c, size);
    }
    ~UserBuffer() { munmap(memory_, size_); }
    UserBuffer(const UserBuffer&) = delete;
    UserBuffer& operator=(const UserBuffer&) = delete;

    ByteView view() const { return {static_cast<const uint8_t*>(memory_), size_}; }
    void take_away() { REQUIRE(mprotect(memory_, size_, PROT_NONE) == 0); }

  private:
    size_t size_;
    void* memory_;
};

/// The largest message for which there is room now.
size_t room(const Peer& peer) {
    size_t low = 0;
    size_t high = size_t{1} << 20;
    while (low + 1 < high) {
        const size_t middle = (low + high) / 2;
        (peer.has_room(middle) ? low : high) = middle;
    }
    return low;
}

struct HalfSealedPut {
    explicit HalfSealedPut(Pair& pair) : source(kLarge), target(kLarge, 0), memory(pair.b, target) {
        const ByteView part = source.view();
        REQUIRE(pair.to_b->put({&part, 1}, memory.token, RegisteredMemory::address_of(target), this,
                               ending.completion()) == SendResult::kInProgress);
        REQUIRE_FALSE(pair.to_b->has_room(0));
    }
    UserBuffer source;
    Bytes target;
    RegisteredMemory memory;
    Ending ending;
};

void require_conversation(Pair& pair) {
    const size_t before_a = pair.a.received.size();
    const size_t before_b = pair.b.received.size();
    REQUIRE(send(*pair.to_b, 1, pattern(kSegmentSize, 1), pair.a, pair.b));
    REQUIRE(send(*pair.to_a, 1, pattern(kSegmentSize, 2), pair.a, pair.b));
    REQUIRE(pair.until([&] {
        return pair.a.received.size() == before_a + 1 && pair.b.received.size() == before_b + 1;
    }));
    Bytes target(300000);
    const RegisteredMemory memory(pair.b, target);
    const Bytes source = pattern(target.size(), 4);
    const ByteView part = source;
    Ending ending;
    REQUIRE(pair.to_b->put({&part, 1}, memory.token, RegisteredMemory::address_of(target), nullptr,
                           ending.completion()) == SendResult::kInProgress);
    REQUIRE(pair.until([&] { return ending.done == 1; }));
    CHECK((target == source));
    CHECK(pair.a.failures.empty());
    CHECK(pair.b.failures.empty());
}

}  // namespace

TEST_CASE("After cancel of a half-sealed PUT nobody reads its buffer, and the connection goes on") {
    Pair pair;
    HalfSealedPut put(pair);
    if (GENERATE(false, true)) {
        // Some of it has arrived already.
        REQUIRE(pair.until([&] { return put.target[kLarge / 2] != 0; }));
    }
    pair.to_b->cancel(&put);
    CHECK(put.ending.canceled == 1);
    put.source.take_away();
    require_conversation(pair);
    CHECK(put.ending.count() == 1);
    CHECK(put.target.back() == 0);
}

TEST_CASE("After cancel of a PUT that is sealed but not acknowledged its completion has run") {
    Pair pair;
    UserBuffer source(4096);
    Bytes target(4096);
    const RegisteredMemory memory(pair.b, target);
    const ByteView part = source.view();
    Ending ending;
    int owner = 0;
    REQUIRE(pair.to_b->put({&part, 1}, memory.token, RegisteredMemory::address_of(target), &owner,
                           ending.completion()) == SendResult::kInProgress);
    pair.to_b->cancel(&owner);
    CHECK(ending.canceled == 1);
    source.take_away();
    require_conversation(pair);
    CHECK(ending.count() == 1);
}

TEST_CASE("Cancel ends the operations of one handle only") {
    Pair pair;
    REQUIRE(send(*pair.to_b, 1, pattern(10, 1), pair.a));
    int mine = 0;
    int others = 0;
    Ending my_flush;
    Ending other_flush;
    REQUIRE(pair.to_b->flush(pair.to_b->sequence(), &mine, my_flush.completion()) ==
            SendResult::kInProgress);
    REQUIRE(pair.to_b->flush(pair.to_b->sequence(), &others, other_flush.completion()) ==
            SendResult::kInProgress);
    HalfSealedPut put(pair);
    pair.to_b->cancel(&mine);
    CHECK(my_flush.canceled == 1);
    CHECK(other_flush.count() == 0);
    CHECK(put.ending.count() == 0);
    REQUIRE(pair.until([&] { return other_flush.done == 1 && put.ending.done == 1; }));
    CHECK(my_flush.count() == 1);
    CHECK(equal(put.target, put.source.view()));
}

TEST_CASE("A PUT after a canceled one begins only behind its abort") {
    Pair pair;
    // What is held back leaves room for exactly one record of the PUT, and none for its abort.
    pair.to_b->cork();
    const Bytes payload = pattern(kSegmentSize, 1);
    constexpr size_t kMessage = record::kOverhead + kFrameHeaderSize;
    constexpr size_t kLeft = record::kOverhead + 8;
    constexpr size_t record = kPutRecord + record::kOverhead;
    size_t spare =
        room(*pair.to_b) + record::Sealer::sealed_bound(kFrameHeaderSize) - record - kLeft;
    while (spare != 0) {
        size_t size = std::min(spare, kSegmentSize);
        if (spare != size && spare - size < kMessage) {
            size -= kMessage;
        }
        const ByteView filler = ByteView(payload).first(size - kMessage);
        REQUIRE(pair.to_b->send_active_message(1, {&filler, 1}) == SendResult::kDone);
        spare -= size;
    }
    HalfSealedPut canceled(pair);
    pair.to_b->cancel(&canceled);
    CHECK(canceled.ending.canceled == 1);
    CHECK_FALSE(pair.to_b->has_room(0));
    // A send may find that the socket takes everything; the abort goes at the peer's next turn.
    REQUIRE(pair.to_b->link()->uncork().ok());
    REQUIRE(pair.to_b->has_room(1000));

    Bytes target(100);
    const RegisteredMemory memory(pair.b, target);
    const Bytes source = pattern(target.size(), 4);
    const ByteView part = source;
    Ending ending;
    SendResult result =
        pair.to_b->put({&part, 1}, memory.token, RegisteredMemory::address_of(target), nullptr,
                       ending.completion());
    REQUIRE(pair.to_b->uncork().ok());
    REQUIRE(pair.until([&] {
        if (result == SendResult::kNoResource) {
            result = pair.to_b->put({&part, 1}, memory.token, RegisteredMemory::address_of(target),
                                    nullptr, ending.completion());
        }
        return ending.count() != 0;
    }));
    CHECK(ending.done == 1);
    CHECK((target == source));
    require_conversation(pair);
}

TEST_CASE("What a completion begins while its owner is canceled is kept, and ends by itself") {
    Pair pair;
    const Bytes payload = pattern(10, 1);
    const ByteView part = payload;
    REQUIRE(pair.to_b->send_active_message(1, {&part, 1}) == SendResult::kDone);
    constexpr int kFlushes = 200;
    struct Restart {
        Peer& peer;
        int canceled = 0;
        Ending second{};
        Completion completion() {
            return {[](void* argument, Completion::Outcome outcome) {
                        auto& self = *static_cast<Restart*>(argument);
                        self.canceled += outcome == Completion::Outcome::kCanceled ? 1 : 0;
                        for (int i = 0; i < 20; ++i) {
                            REQUIRE(self.peer.flush(self.peer.sequence(), nullptr,
                                                    self.second.completion()) ==
                                    SendResult::kInProgress);
                        }
                    },
                    this};
        }
    } restart{*pair.to_b};
    const int owner = 0;
    for (int i = 0; i < kFlushes; ++i) {
        REQUIRE(pair.to_b->flush(pair.to_b->sequence(), &owner, restart.completion()) ==
                SendResult::kInProgress);
    }
    pair.to_b->cancel(&owner);
    CHECK(restart.canceled == kFlushes);
    CHECK(restart.second.count() == 0);
    REQUIRE(pair.until([&] { return restart.second.count() == 20 * kFlushes; }));
    CHECK(restart.second.done == 20 * kFlushes);
}

}  // namespace ucx_crypto::tcp
