#include <atomic>
#include <thread>

#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {
namespace {

constexpr size_t kAround = 4096;
constexpr uint8_t kUntouched = 0xee;

/// A range with a margin of bytes around it that nobody may write.
struct Target {
    explicit Target(size_t size) : bytes(size + 2 * kAround, kUntouched) {}
    MutableByteView range() {
        return MutableByteView(bytes).subspan(kAround, bytes.size() - 2 * kAround);
    }
    uint64_t address() { return RegisteredMemory::address_of(range()); }
    bool margins_untouched() const {
        const auto untouched = [](uint8_t byte) { return byte == kUntouched; };
        return std::all_of(bytes.begin(), bytes.begin() + kAround, untouched) &&
               std::all_of(bytes.end() - kAround, bytes.end(), untouched);
    }
    Bytes bytes;
};

SendResult put(Peer& peer, ByteView source, const Token& token, uint64_t address, Ending& ending) {
    return peer.put({&source, 1}, token, address, &ending, ending.completion());
}

}  // namespace

TEST_CASE("A PUT of any size lands in its range and nowhere else") {
    const size_t size = GENERATE(size_t{0}, size_t{1}, size_t{4095}, kSegmentSize, kSegmentSize + 1,
                                 (size_t{1} << 20) + 3, (size_t{5} << 20) + 17);
    CAPTURE(size);
    Pair pair;
    Target target(size);
    const RegisteredMemory memory(pair.b, target.range());
    const Bytes source = pattern(size, 7);
    Ending ending;
    REQUIRE(put(*pair.to_b, source, memory.token, target.address(), ending) ==
            SendResult::kInProgress);
    REQUIRE(pair.until([&] { return ending.count() != 0; }));
    CHECK(ending.done == 1);
    CHECK(equal(target.range(), source));
    CHECK(target.margins_untouched());
    take_turns(5, pair.a, pair.b);
    CHECK(ending.count() == 1);
    CHECK_FALSE(pair.to_b->has_outstanding());
}

TEST_CASE("A PUT of several buffers lands as their concatenation, at any place of the region") {
    Pair pair;
    Target target(300000);
    const RegisteredMemory memory(pair.b, target.range());
    const Bytes source = pattern(200000, 7);
    const ByteView all = source;
    const std::array<ByteView, 5> parts{all.first(1), all.subspan(1, 70000), all.subspan(70001, 0),
                                        all.subspan(70001, 99999), all.subspan(170000)};
    constexpr size_t kOffset = 12345;
    Ending ending;
    REQUIRE(pair.to_b->put(parts, memory.token, target.address() + kOffset, nullptr,
                           ending.completion()) == SendResult::kInProgress);
    REQUIRE(pair.until([&] { return ending.done == 1; }));
    const ByteView range = target.range();
    CHECK(equal(range.subspan(kOffset, source.size()), source));
    CHECK(range[kOffset - 1] == kUntouched);
    CHECK(range[kOffset + source.size()] == kUntouched);
}

TEST_CASE("A PUT completes only after the peer's acknowledgement") {
    Pair pair;
    Target target(100);
    const RegisteredMemory memory(pair.b, target.range());
    const Bytes source = pattern(100, 7);
    Ending ending;
    REQUIRE(put(*pair.to_b, source, memory.token, target.address(), ending) ==
            SendResult::kInProgress);
    take_turns(50, pair.a);  // all has been sent, and the peer has not looked yet
    CHECK(ending.count() == 0);
    CHECK(target.range()[0] == kUntouched);
    REQUIRE(take_turns_until([&] { return equal(target.range(), source); }, pair.b));
    CHECK(ending.count() == 0);
    CHECK(take_turns_until([&] { return ending.done == 1; }, pair.a));
}

TEST_CASE("A message sent after a PUT finds its bytes in place") {
    Pair pair;
    Target target(size_t{32} << 20);
    const RegisteredMemory memory(pair.b, target.range());
    const Bytes source = pattern(target.range().size(), 7);
    bool in_place = false;
    bool came = false;
    pair.b.message_hook = [&](uint8_t, MutableByteView) {
        came = true;
        in_place = equal(target.range(), source);
    };
    Ending ending;
    REQUIRE(put(*pair.to_b, source, memory.token, target.address(), ending) ==
            SendResult::kInProgress);
    const Bytes message{1};
    const ByteView part = message;
    CHECK(pair.to_b->send_active_message(1, {&part, 1}) == SendResult::kNoResource);
    REQUIRE(send(*pair.to_b, 1, message, pair.a, pair.b));
    REQUIRE(pair.until([&] { return came; }));
    CHECK(in_place);
}

TEST_CASE("A large PUT that is begun between cork and uncork goes on by itself") {
    Pair pair;
    Target target(size_t{4} << 20);
    const RegisteredMemory memory(pair.b, target.range());
    const Bytes source = pattern(target.range().size(), 7);
    Ending ending;
    pair.to_b->cork();
    REQUIRE(put(*pair.to_b, source, memory.token, target.address(), ending) ==
            SendResult::kInProgress);
    REQUIRE(pair.to_b->uncork().ok());
    REQUIRE(pair.until([&] { return ending.done == 1; }));
    CHECK(equal(target.range(), source));
}

TEST_CASE("Large PUTs in both directions at once do not wait for each other") {
    Pair pair;
    constexpr size_t kSize = size_t{8} << 20;
    Target at_a(kSize);
    Target at_b(kSize);
    const RegisteredMemory memory_a(pair.a, at_a.range());
    const RegisteredMemory memory_b(pair.b, at_b.range());
    const Bytes source = pattern(kSize, 9);
    Ending to_a;
    Ending to_b;
    REQUIRE(put(*pair.to_b, source, memory_b.token, at_b.address(), to_b) ==
            SendResult::kInProgress);
    REQUIRE(put(*pair.to_a, source, memory_a.token, at_a.address(), to_a) ==
            SendResult::kInProgress);
    REQUIRE(pair.until([&] { return to_a.done == 1 && to_b.done == 1; }));
    CHECK(equal(at_a.range(), source));
    CHECK(equal(at_b.range(), source));
}

TEST_CASE("Nothing is written once a region has been deregistered, even by a PUT under way") {
    Pair pair;
    Target target(size_t{16} << 20);
    RegisteredMemory memory(pair.b, target.range());
    Bytes source = pattern(target.range().size(), 7);
    Ending ending;
    REQUIRE(put(*pair.to_b, source, memory.token, target.address(), ending) ==
            SendResult::kInProgress);

    SECTION("by the thread that receives") {
        REQUIRE(pair.until([&] { return target.range()[kSegmentSize] != kUntouched; }));
        memory.deregister();
        const Bytes now = target.bytes;
        REQUIRE(pair.until([&] { return ending.count() != 0; }));
        CHECK((target.bytes == now));
    }
    SECTION("by another thread, while bytes are being written") {
        std::atomic<bool> begun{false};
        Bytes now;
        std::thread other([&] {
            while (!begun) {
                std::this_thread::yield();
            }
            memory.deregister();
            now = target.bytes;
        });
        // The other thread may get no time before a PUT has ended: another follows until it did.
        Bytes next = pattern(source.size(), 8);
        const bool ended = pair.until([&] {
            begun = target.range()[kSegmentSize] != kUntouched;
            if (ending.done == 1) {
                ending = {};
                std::swap(source, next);
                CHECK(put(*pair.to_b, source, memory.token, target.address(), ending) ==
                      SendResult::kInProgress);
            }
            return ending.count() > ending.done;
        });
        begun = true;  // or the thread would wait for ever where nothing came
        other.join();
        REQUIRE(ended);
        CHECK((target.bytes == now));
    }
    CHECK(ending.failed == 1);
    CHECK_FALSE(equal(target.range(), source));
    REQUIRE(pair.until([&] { return pair.b.failures.size() == 1 && pair.a.failures.size() == 1; }));
    CHECK_FALSE(pair.b.failures[0].orderly);
    CHECK(pair.b.failures[0].code == ErrorCode::kAuthentication);
}

}  // namespace ucx_crypto::tcp
