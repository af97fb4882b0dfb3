// What helper threads may not change. The other cases of this program run with helpers too: see
// CMakeLists.txt.
#include <deque>
#include <thread>

#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {
namespace {

/// Two helpers that are at work.
NodeOptions with_helpers() {
    static const auto service = helpers::Service::of_process({false, 2});
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (service->pool()->ready() != 2 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    REQUIRE(service->pool()->ready() == 2);
    NodeOptions options;
    options.engine.helpers = service.get();
    return options;
}

uint64_t done_by_helpers(const NodeOptions& options) {
    return options.engine.helpers->pool()->done_by_helpers();
}

struct Transfer {
    Transfer(Pair& pair, size_t size)
        : source(pattern(size, 3)), target(size, 0xee), memory(pair.b, target) {
        const ByteView part = source;
        SendResult result = SendResult::kNoResource;
        REQUIRE(pair.until([&] {
            result = pair.to_b->put({&part, 1}, memory.token, RegisteredMemory::address_of(target),
                                    this, ending.completion());
            return result != SendResult::kNoResource;
        }));
        REQUIRE(result == SendResult::kInProgress);
    }
    Bytes source;
    Bytes target;
    RegisteredMemory memory;
    Ending ending;
};

}  // namespace

TEST_CASE("Helpers take part in large PUTs, which arrive as they were") {
    const NodeOptions options = with_helpers();
    Pair pair(options);
    const uint64_t before = done_by_helpers(options);
    // One alone may find them held up, and then they rest for a while.
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (done_by_helpers(options) == before && std::chrono::steady_clock::now() < deadline) {
        Transfer transfer(pair, (size_t{8} << 20) + 5);
        REQUIRE(pair.until([&] { return transfer.ending.done == 1; }));
        CHECK((transfer.target == transfer.source));
    }
    CHECK(done_by_helpers(options) > before);
}

TEST_CASE("With helpers, large messages and PUTs arrive in the order in which they were sent") {
    Pair pair(with_helpers());
    constexpr uint32_t kMessages = 40;
    for (uint32_t round = 0; round < 3; ++round) {
        pair.b.received.clear();
        for (uint32_t i = 0; i < kMessages; ++i) {
            const size_t size = i % 5 == 4 ? i : kSegmentSize - i;
            REQUIRE(send(*pair.to_b, static_cast<uint8_t>(i % 32), pattern(size, i), pair.a));
            if (i % 8 == 7) {  // what has gathered is more than one record
                take_turns(3, pair.a, pair.b);
            }
        }
        Transfer transfer(pair, size_t{3} << 20);
        REQUIRE(pair.until([&] { return transfer.ending.done == 1; }));
        CHECK((transfer.target == transfer.source));
        REQUIRE(pair.b.received.size() == kMessages);
        for (uint32_t i = 0; i < kMessages; ++i) {
            const size_t size = i % 5 == 4 ? i : kSegmentSize - i;
            CHECK(pair.b.received[i].am_id == i % 32);
            CHECK((pair.b.received[i].payload == pattern(size, i)));
        }
    }
}

TEST_CASE("With helpers, keys change under large PUTs in both directions") {
    NodeOptions options = with_helpers();
    // Each engine takes its limits from its identity; one domain key makes both members.
    record::EpochLimits limits;
    limits.max_bytes = size_t{300} * 1024;
    limits.max_records = 5;
    NodeOptions of_a = options;
    NodeOptions of_b = options;
    of_a.identity = make_member(limits);
    of_b.identity = make_member(limits);
    Pair pair(of_a, of_b);
    Bytes back(size_t{4} << 20);
    const RegisteredMemory memory(pair.a, back);
    const Bytes source = pattern(back.size(), 8);
    const ByteView part = source;
    Ending to_a;
    REQUIRE(pair.to_a->put({&part, 1}, memory.token, RegisteredMemory::address_of(back), nullptr,
                           to_a.completion()) == SendResult::kInProgress);
    Transfer transfer(pair, size_t{5} << 20);
    REQUIRE(pair.until([&] { return transfer.ending.done == 1 && to_a.done == 1; }));
    CHECK((transfer.target == transfer.source));
    CHECK((back == source));
    CHECK(pair.to_b->link()->channel().sealer().epoch() > 10);
    CHECK(pair.to_a->link()->channel().sealer().epoch() > 8);
}

TEST_CASE("When an operation has been canceled no helper is at its buffer") {
    Pair pair(with_helpers());
    std::deque<Transfer> transfers;  // whose targets the peer may write until the end
    for (int i = 0; i < 4; ++i) {
        Transfer& transfer =
            transfers.emplace_back(pair, size_t{16} << 20);  // more than sockets and buffers hold
        pair.to_b->cancel(&transfer);
        CHECK(transfer.ending.canceled == 1);
        Bytes().swap(transfer.source);  // a helper that read on would find it gone
    }
    Transfer last(pair, size_t{1} << 20);
    REQUIRE(pair.until([&] { return last.ending.done == 1; }));
    CHECK((last.target == last.source));
}

}  // namespace ucx_crypto::tcp
