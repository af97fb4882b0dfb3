// What leaves when, and what it costs.
#include <poll.h>

#include "tests/unit/tcp/allocations.h"
#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {
namespace {

NodeOptions with(Coalescing coalescing) {
    NodeOptions options;
    options.engine.coalescing = coalescing;
    return options;
}

/// A pair whose first messages have been exchanged.
struct ReadyPair : Pair {
    explicit ReadyPair(Coalescing coalescing) : Pair(with(coalescing)) {
        REQUIRE(send(*to_b, 1, {}, a, b));
        REQUIRE(until([&] { return b.received.size() == 1; }));
        b.received.clear();
    }
    /// Sends without giving anybody a turn.
    void send_now(size_t size) {
        const Bytes payload = pattern(size, static_cast<uint32_t>(size));
        const ByteView part = payload;
        REQUIRE(to_b->send_active_message(1, {&part, 1}) == SendResult::kDone);
        a.engine().after_operations(*to_b);
    }
    bool arrived(size_t count) {
        return take_turns_until([&] { return b.received.size() == count; }, b);
    }
    bool has_arrived() {
        take_turns(20, b);
        return !b.received.empty();
    }
};

}  // namespace

TEST_CASE("A message leaves at once unless bursts are coalesced") {
    ReadyPair pair(GENERATE(Coalescing::kNone, Coalescing::kProgress));
    pair.send_now(8);
    CHECK(pair.arrived(1));
}

TEST_CASE("Small messages of a burst leave together at the next progress") {
    ReadyPair pair(Coalescing::kBurst);
    for (int i = 0; i < 10; ++i) {
        pair.send_now(8);
    }
    // Before 250 us have passed or after: the timer alone, which nobody serves here, sends nothing.
    CHECK_FALSE(pair.has_arrived());
    const uint64_t calls = pair.a.engine().counters().get(stats::Counter::kSendCalls);
    pair.a.engine().progress();
    CHECK(pair.a.engine().counters().get(stats::Counter::kSendCalls) == calls + 1);
    CHECK(pair.arrived(10));
}

TEST_CASE("A burst whose sender makes no more progress leaves by the asynchronous service") {
    ReadyPair pair(Coalescing::kBurst);
    pair.send_now(8);
    pollfd timer{pair.a.engine().service_fd(), POLLIN, 0};
    REQUIRE(::poll(&timer, 1, 10000) == 1);
    pair.a.engine().service();
    CHECK(pair.arrived(1));
    // And the next one again.
    pair.send_now(9);
    REQUIRE(::poll(&timer, 1, 10000) == 1);
    pair.a.engine().service();
    CHECK(pair.arrived(2));
}

TEST_CASE("What a failed connection holds back wakes the asynchronous service no more") {
    ReadyPair pair(Coalescing::kBurst);
    pair.to_a->link()->close();
    pollfd timer{pair.a.engine().service_fd(), POLLIN, 0};
    while (!pair.to_b->failure) {
        pair.send_now(8);
        REQUIRE(::poll(&timer, 1, 10000) == 1);
        pair.a.engine().service();
    }
    CHECK(::poll(&timer, 1, 20) == 0);
}

TEST_CASE("A burst leaves when there is enough of it, and before who sent it sleeps or flushes") {
    ReadyPair pair(Coalescing::kBurst);
    SECTION("enough") {
        for (int i = 0; i < 40; ++i) {
            pair.send_now(1000);
        }
        CHECK(pair.has_arrived());
    }
    SECTION("a large message") {
        pair.send_now(8);
        pair.send_now(2000);
        CHECK(pair.arrived(2));
    }
    SECTION("sleep") {
        pair.send_now(8);
        CHECK(pair.a.engine().can_sleep());
        CHECK(pair.arrived(1));
    }
    SECTION("flush") {
        pair.send_now(8);
        pair.a.engine().flush();
        CHECK(pair.arrived(1));
    }
    SECTION("close") {
        pair.send_now(8);
        pair.a.close();
        CHECK(pair.arrived(1));
    }
}

TEST_CASE("What handlers send within one progress leaves together, in order") {
    ReadyPair pair(Coalescing::kProgress);
    constexpr size_t kMessages = 20;
    pair.b.message_hook = [&](uint8_t, MutableByteView payload) {
        const ByteView part = payload;
        CHECK(pair.to_a->send_active_message(2, {&part, 1}) == SendResult::kDone);
    };
    for (size_t i = 0; i < kMessages; ++i) {
        pair.send_now(i);
    }
    pair.a.received.clear();
    const uint64_t calls = pair.b.engine().counters().get(stats::Counter::kSendCalls);
    REQUIRE(pair.until([&] { return pair.a.received.size() == kMessages; }));
    CHECK(pair.b.engine().counters().get(stats::Counter::kSendCalls) <= calls + 5);
    for (size_t i = 0; i < kMessages; ++i) {
        CHECK((pair.a.received[i].payload == pattern(i, static_cast<uint32_t>(i))));
    }
}

TEST_CASE("A message allocates nothing, and takes one call to send and one to receive") {
    if (!counts_allocations()) {
        SUCCEED("a sanitizer has its own allocator");
        return;
    }
    const size_t size = GENERATE(size_t{8}, size_t{1024}, size_t{40000}, size_t{65536 + 8});
    const auto coalescing = GENERATE(Coalescing::kNone, Coalescing::kProgress, Coalescing::kBurst);
    CAPTURE(size, static_cast<int>(coalescing));
    ReadyPair pair(coalescing);
    size_t count = 0;
    for (Node* node : {&pair.a, &pair.b}) {
        node->message_hook = [&count](uint8_t, MutableByteView) { ++count; };
    }
    const Bytes payload = pattern(size, 1);
    const ByteView part = payload;
    constexpr size_t kMessages = 200;
    const auto exchange = [&] {
        count = 0;
        while (count < kMessages) {
            const size_t before = count;
            Peer& peer = count % 2 == 0 ? *pair.to_b : *pair.to_a;
            Node& sender = count % 2 == 0 ? pair.a : pair.b;
            const SendResult sent = peer.send_active_message(1, {&part, 1});
            sender.engine().after_operations(peer);
            while (sent == SendResult::kDone && count == before) {
                pair.a.engine().progress();
                pair.b.engine().progress();
            }
        }
    };
    exchange();  // buffers are taken, tables built
    const stats::Counters& counters = pair.a.engine().counters();
    const uint64_t sends = counters.get(stats::Counter::kSendCalls);
    const uint64_t receives = counters.get(stats::Counter::kReceiveCalls);
    const size_t allocations_before = allocations();
    exchange();
    CHECK(allocations() == allocations_before);
    // A message in two records takes two; TCP may hand a large one over in pieces.
    const size_t calls = (size > 48 * 1024 ? 2 : 1) * kMessages / 2;
    CHECK(counters.get(stats::Counter::kSendCalls) - sends <= calls);
    CHECK(counters.get(stats::Counter::kReceiveCalls) - receives <= calls * (size > 1024 ? 3 : 1));
}

}  // namespace ucx_crypto::tcp
