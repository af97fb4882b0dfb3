#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {
namespace {

std::vector<size_t> sizes() {
    std::vector<size_t> all;
    for (size_t size = 0; size <= 300; ++size) {
        all.push_back(size);
    }
    for (size_t power = 512; power < kSegmentSize; power *= 2) {
        all.insert(all.end(), {power - 1, power, power + 1});
    }
    all.insert(all.end(), {kSegmentSize - 1, kSegmentSize});
    return all;
}

uint8_t id_of(size_t index) {
    return static_cast<uint8_t>(index % 32);
}

void check_arrived(const Node& node, uint32_t seed) {
    const auto expected = sizes();
    REQUIRE(node.received.size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK(node.received[i].am_id == id_of(i));
        CHECK((node.received[i].payload == pattern(expected[i], seed + static_cast<uint32_t>(i))));
    }
}

/// There is soon no room: the system's buffers take hundreds of thousands of small messages.
NodeOptions with_small_buffers() {
    NodeOptions options;
    options.engine.socket.send_buffer = options.engine.socket.receive_buffer = size_t{128} << 10;
    return options;
}

/// Messages until there is no room; the receiver has no turn.
size_t fill(Peer& peer, size_t size) {
    size_t count = 0;
    SendResult result = SendResult::kDone;
    while (result == SendResult::kDone) {
        const Bytes payload = pattern(size, static_cast<uint32_t>(count));
        const ByteView part = payload;
        result = peer.send_active_message(1, {&part, 1});
        count += result == SendResult::kDone ? 1 : 0;
    }
    REQUIRE(result == SendResult::kNoResource);
    return count;
}

}  // namespace

TEST_CASE("Messages of every size arrive once, in order and unaltered, in both directions") {
    Pair pair;
    const auto all = sizes();
    for (size_t i = 0; i < all.size(); ++i) {
        const auto seed = static_cast<uint32_t>(i);
        REQUIRE(send(*pair.to_b, id_of(i), pattern(all[i], seed), pair.a, pair.b));
        REQUIRE(send(*pair.to_a, id_of(i), pattern(all[i], 1000 + seed), pair.a, pair.b));
    }
    REQUIRE(pair.until([&] {
        return pair.a.received.size() >= all.size() && pair.b.received.size() >= all.size();
    }));
    take_turns(20, pair.a, pair.b);
    check_arrived(pair.b, 0);
    check_arrived(pair.a, 1000);
    CHECK(pair.a.failures.empty());
    CHECK(pair.b.failures.empty());
}

TEST_CASE("A message of several buffers arrives as their concatenation") {
    Pair pair;
    const Bytes whole = pattern(kSegmentSize, 3);
    std::array<ByteView, kMaxParts> parts;
    size_t offset = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
        const size_t size = i * i * 700;  // the first is empty
        parts[i] = ByteView(whole).subspan(offset, size);
        offset += size;
    }
    parts.back() = ByteView(whole).subspan(offset);
    REQUIRE(pair.to_b->send_active_message(5, parts) == SendResult::kDone);
    REQUIRE(pair.until([&] { return !pair.b.received.empty(); }));
    CHECK((pair.b.received[0].payload == whole));
}

TEST_CASE("A sender's buffer may change as soon as the send has returned") {
    Pair pair(with_small_buffers());
    const size_t count = fill(*pair.to_b, 0);  // so that the next ones wait in this process
    REQUIRE(pair.until([&] { return pair.b.received.size() == count; }));
    Bytes buffer = pattern(1000, 1);
    const ByteView part = buffer;
    REQUIRE(pair.to_b->send_active_message(1, {&part, 1}) == SendResult::kDone);
    std::fill(buffer.begin(), buffer.end(), uint8_t{0});
    REQUIRE(pair.until([&] { return pair.b.received.size() == count + 1; }));
    CHECK((pair.b.received.back().payload == pattern(1000, 1)));
}

TEST_CASE("A sender without room is told so, and again when there is room") {
    Pair pair(with_small_buffers());
    const size_t size = GENERATE(size_t{8}, size_t{10000}, kSegmentSize);
    size_t count = fill(*pair.to_b, size);
    CHECK_FALSE(pair.to_b->has_room(size));
    CHECK(pair.b.received.empty());

    bool writable = false;
    pair.a.writable_hook = [&](Peer&) { writable = true; };
    REQUIRE(pair.until([&] { return writable && pair.b.received.size() == count; }));
    CHECK(pair.to_b->has_room(size));

    count += fill(*pair.to_b, size);
    REQUIRE(pair.until([&] { return pair.b.received.size() == count; }));
    CHECK((pair.b.received[1].payload == pattern(size, 1)));
    CHECK((pair.b.received.back().payload.size() == size));
}

TEST_CASE("A message handler can send") {
    Pair pair;
    constexpr size_t kRounds = 500;
    const auto answer = [](Node& node, Peer& peer, size_t& count) {
        node.message_hook = [&peer, &count](uint8_t am_id, MutableByteView payload) {
            const ByteView part = payload;
            // One message at a time is under way: there is always room.
            if (++count < kRounds && am_id == 1) {
                CHECK(peer.send_active_message(1, {&part, 1}) == SendResult::kDone);
            }
        };
    };
    size_t at_a = 0;
    size_t at_b = 0;
    answer(pair.a, *pair.to_b, at_a);
    answer(pair.b, *pair.to_a, at_b);
    const Bytes ball = pattern(100, 1);
    REQUIRE(send(*pair.to_b, 1, ball, pair.a, pair.b));
    CHECK(pair.until([&] { return at_a + at_b >= 2 * kRounds - 1; }));
}

TEST_CASE("What is sent between cork and uncork leaves at uncork") {
    Pair pair;
    pair.to_b->cork();
    for (uint32_t i = 0; i < 10; ++i) {
        REQUIRE(send(*pair.to_b, 1, pattern(8, i), pair.a, pair.b));
    }
    take_turns(20, pair.b);
    CHECK(pair.b.received.empty());
    REQUIRE(pair.to_b->uncork().ok());
    CHECK(take_turns_until([&] { return pair.b.received.size() == 10; }, pair.b));
}

}  // namespace ucx_crypto::tcp
