// Large messages through rings of ciphertext that the peer, and the fabric, can write to.
#include "ucx_crypto/stacked/ring.h"
#include "tests/unit/stacked/stacked_node.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::stacked {

using stats::Counter;
using tcp::kSegmentSize;
using tcp::pattern;
using tcp::SendResult;

namespace {

constexpr uint32_t kRing = 128 * 1024;
constexpr SessionId kNotify = 1;
constexpr SessionId kCredit = 2;

FakeInner::Options with_ring(uint32_t size = kRing) {
    FakeInner::Options options;
    options.max_bytes = 8000;
    options.ring_size = size;
    return options;
}

SessionId kind_of(ByteView message) {
    return WireReader(message).u64() & 3;
}

uint64_t ring_sent(StackedNode& node) {
    return node.engine->engine().counters().get(Counter::kRingBytesSent);
}

uint64_t ring_received(StackedNode& node) {
    return node.engine->engine().counters().get(Counter::kRingBytesReceived);
}

/// A large message, in whatever way it may go; then turns for both.
void offer(StackedPair& pair, uint32_t seed) {
    const Bytes payload = pattern(60000, seed);
    const ByteView part = payload;
    if (pair.to_b->send_active_message(3, {&part, 1}) == SendResult::kDone) {
        pair.a.engine->engine().after_operations(*pair.to_b);
    }
    tcp::take_turns(3, pair.a, pair.b);
}

/// The receiver ends the connection, and has been given nothing that was not sent.
void check_refused(StackedPair& pair) {
    for (uint32_t i = 1; i < 10 && pair.b.engine->failures.empty(); ++i) {
        offer(pair, i);
    }
    REQUIRE(pair.until([&] { return !pair.b.engine->failures.empty(); }));
    // The sender may be the first to see it, by a credit for what it has not written.
    const auto& failures = pair.b.engine->failures[0].code == ErrorCode::kClosed
                               ? pair.a.engine->failures
                               : pair.b.engine->failures;
    REQUIRE_FALSE(failures.empty());
    CHECK((failures[0].code == ErrorCode::kAuthentication ||
           failures[0].code == ErrorCode::kProtocol));
    CHECK_FALSE(pair.b.engine->failures[0].orderly);
    const auto& received = pair.b.engine->received;
    for (size_t i = 0; i < received.size(); ++i) {
        CHECK(received[i].payload == pattern(60000, static_cast<uint32_t>(i)));
    }
}

}  // namespace

TEST_CASE("large messages go through the ring, small ones between them do not, all in order") {
    StackedPair pair(with_ring(GENERATE(65536U, 100001U, kRing, 1U << 20)));
    REQUIRE(pair.open());
    const std::vector<size_t> sizes{1, 60000, 0, kSegmentSize, 16383, 40000, 8, 65536};
    uint64_t large = 0;
    for (uint32_t i = 0; i < 64; ++i) {
        const size_t size = sizes[i % sizes.size()];
        large += size > kRingThreshold ? size : 0;
        REQUIRE(pair.send(pattern(size, i)));
        REQUIRE(tcp::send(*pair.to_a, 2, pattern(size, i + 100), pair.a, pair.b));
        tcp::take_turns(1, pair.a, pair.b);
    }
    REQUIRE(pair.until([&] {
        return pair.b.engine->received.size() == 64 && pair.a.engine->received.size() == 64;
    }));
    for (uint32_t i = 0; i < 64; ++i) {
        REQUIRE(pair.b.engine->received[i].payload == pattern(sizes[i % sizes.size()], i));
        REQUIRE(pair.a.engine->received[i].payload == pattern(sizes[i % sizes.size()], i + 100));
    }
    CHECK(ring_sent(pair.a) > large / 2);
    CHECK(ring_sent(pair.a) == ring_received(pair.b));
    CHECK(ring_sent(pair.b) == ring_received(pair.a));
    CHECK(pair.a.fabric->can_sleep());
    CHECK(pair.b.engine->failures.empty());
}

TEST_CASE("a PUT of the outside takes the ring and its memory stays unknown to the fabric") {
    StackedPair pair(with_ring());
    REQUIRE(pair.open());
    const std::string secret = "a marker that nobody may see ";
    Bytes data;
    while (data.size() < 300000) {
        data.insert(data.end(), secret.begin(), secret.end());
    }
    Bytes target(data.size());
    size_t walked = 0;
    const auto walk = [&] {
        for (const auto& [key, ring] : pair.network.rings) {
            ++walked;
            CHECK(as_text(*ring).find(secret.substr(0, 12)) == std::string_view::npos);
            for (const Bytes* plain : {&data, &target}) {
                const bool apart = ring->data() + ring->size() <= plain->data() ||
                                   plain->data() + plain->size() <= ring->data();
                CHECK(apart);
            }
        }
    };
    pair.b.inner.delivered = [&](ByteView, ByteView) { walk(); };
    const tcp::RegisteredMemory memory(*pair.b.engine, target);
    const ByteView part = data;
    tcp::Ending put;
    REQUIRE(pair.to_b->put({&part, 1}, memory.token, memory.address_of(target), &put,
                           put.completion()) == SendResult::kInProgress);
    pair.a.engine->engine().after_operations(*pair.to_b);
    REQUIRE(pair.until([&] { return put.done == 1; }));
    CHECK(target == data);
    CHECK(ring_sent(pair.a) > data.size() / 4);
    CHECK(pair.network.rings.size() == 2);  // one for each direction, and nothing else
    CHECK(walked > 2);
    pair.b.inner.delivered = nullptr;
}

TEST_CASE("where one side has no ring, its messages come as active messages") {
    const auto [of_a, of_b] = GENERATE(std::pair{0U, kRing}, std::pair{kRing, 0U});
    StackedPair pair(with_ring(of_a), with_ring(of_b));
    REQUIRE(pair.open());
    for (uint32_t i = 0; i < 5; ++i) {
        REQUIRE(pair.send(pattern(60000, i)));
    }
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == 5; }));
    CHECK(pair.b.engine->received[4].payload == pattern(60000, 4));
    CHECK(ring_sent(pair.a) == 0);
    CHECK(ring_sent(pair.b) == 0);
}

TEST_CASE("without credits messages go on, and with credits through the ring again") {
    std::deque<Bytes> credits;
    StackedPair pair(with_ring());
    REQUIRE(pair.open());
    pair.b.inner.transmit = [&](Bytes message, std::deque<Bytes>& queue) {
        (kind_of(message) == kCredit ? credits : queue).push_back(std::move(message));
    };
    for (uint32_t i = 0; i < 20; ++i) {
        REQUIRE(pair.send(pattern(60000, i)));
    }
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == 20; }));
    const uint64_t full = ring_sent(pair.a);
    CHECK(full <= kRing);
    CHECK(full > kRing - kRingThreshold);
    REQUIRE_FALSE(credits.empty());
    for (Bytes& credit : credits) {
        pair.a.inner.incoming.push_back(std::move(credit));
    }
    pair.b.inner.transmit = nullptr;
    for (uint32_t i = 20; i < 30; ++i) {
        tcp::take_turns(2, pair.a, pair.b);
        REQUIRE(pair.send(pattern(60000, i)));
    }
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == 30; }));
    CHECK(ring_sent(pair.a) > full + kRing);
    for (uint32_t i = 0; i < 30; ++i) {
        REQUIRE(pair.b.engine->received[i].payload == pattern(60000, i));
    }
}

TEST_CASE("what the inner transport does not take at once, put, notify or credit, goes later") {
    unsigned attempts = 0;
    const auto sometimes = [&](ByteView) { return ++attempts % 3 == 0; };
    StackedPair pair(with_ring());
    REQUIRE(pair.open());
    pair.a.inner.admit = sometimes;
    pair.b.inner.admit = sometimes;
    pair.a.inner.place = [&](ByteView bytes, MutableByteView place) {
        if (++attempts % 2 == 0) {
            return false;
        }
        std::memcpy(place.data(), bytes.data(), bytes.size());
        return true;
    };
    for (uint32_t i = 0; i < 40; ++i) {
        REQUIRE(pair.send(pattern(60000, i)));
    }
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == 40; }));
    for (uint32_t i = 0; i < 40; ++i) {
        REQUIRE(pair.b.engine->received[i].payload == pattern(60000, i));
    }
    CHECK(ring_sent(pair.a) > kRing);
    CHECK(pair.until([&] { return pair.b.fabric->can_sleep() && pair.a.fabric->can_sleep(); }));
}

TEST_CASE("a ring that is altered before it is copied ends the connection") {
    const size_t place = GENERATE(0, 7, 100, 30000);
    StackedPair pair(with_ring());
    REQUIRE(pair.open());
    pair.a.inner.admit = [&](ByteView message) {
        if (kind_of(message) == kNotify) {
            const size_t offset = static_cast<size_t>(WireReader(message.subspan(8)).u64()) % kRing;
            for (const auto& [key, ring] : pair.network.rings) {
                (*ring)[offset + place] ^= 1;
            }
        }
        return true;
    };
    check_refused(pair);
    CHECK(pair.b.engine->received.empty());
}

TEST_CASE("a ring that is altered after it was copied changes nothing") {
    uint32_t count = 0;
    StackedPair pair(with_ring());
    REQUIRE(pair.open());
    pair.b.engine->message_hook = [&](uint8_t, MutableByteView payload) {
        CHECK(equal(payload, pattern(20000, count)));
        ++count;
        // The next record of the same stretch has been copied, but not opened yet.
        for (const auto& [key, ring] : pair.network.rings) {
            std::fill(ring->begin(), ring->end(), 0xee);
        }
    };
    pair.b.inner.hold = true;
    pair.a.inner.admit = [](ByteView message) { return kind_of(message) == kNotify; };
    pair.a.inner.place = [](ByteView bytes, MutableByteView place) {
        if (bytes.size() < 3 * size_t{20000}) {
            return false;  // all three in one stretch
        }
        std::memcpy(place.data(), bytes.data(), bytes.size());
        return true;
    };
    for (uint32_t i = 0; i < 3; ++i) {
        const Bytes payload = pattern(20000, i);
        const ByteView part = payload;
        REQUIRE(pair.to_b->send_active_message(3, {&part, 1}) == SendResult::kDone);
    }
    pair.a.engine->engine().after_operations(*pair.to_b);
    tcp::take_turns(5, pair.a, pair.b);
    pair.b.inner.hold = false;
    REQUIRE(pair.until([&] { return count == 3; }));
    CHECK(pair.b.engine->failures.empty());
    CHECK(ring_received(pair.b) > 3 * uint64_t{20000});
}

TEST_CASE("a put that is lost, misplaced or of other bytes ends the connection") {
    StackedPair pair(with_ring());
    REQUIRE(pair.open());
    offer(pair, 0);
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == 1; }));
    switch (GENERATE(0, 1, 2)) {
        case 0:
            pair.a.inner.place = [](ByteView, MutableByteView) { return true; };
            break;
        case 1:
            pair.a.inner.place = [](ByteView bytes, MutableByteView place) {
                std::memcpy(place.data() + 1, bytes.data(), bytes.size() - 1);
                return true;
            };
            break;
        default:
            pair.a.inner.place = [](ByteView bytes, MutableByteView place) {
                std::memcpy(place.data(), bytes.data(), bytes.size());
                place[bytes.size() - 1] ^= 0x80;
                return true;
            };
    }
    check_refused(pair);
}

TEST_CASE("a notify that is lost, repeated, altered or forged ends the connection") {
    struct Case {
        const char* name;
        std::function<void(Bytes, std::deque<Bytes>&)> treat;
    };
    const auto with = [](size_t place, uint8_t bits) {
        return [place, bits](Bytes message, std::deque<Bytes>& queue) {
            message.at(place) ^= bits;
            queue.push_back(std::move(message));
        };
    };
    const std::vector<Case> cases{
        {"lost", [](const Bytes&, std::deque<Bytes>&) {}},
        {"repeated", [](const Bytes& message,
                        std::deque<Bytes>& queue) { queue.insert(queue.end(), 2, message); }},
        {"position too large", with(8, 0x80)},
        {"position beside", with(15, 1)},
        {"length beyond the ring", with(16, 0x80)},
        {"length beside", with(19, 1)},
        {"no length",
         [](Bytes message, std::deque<Bytes>& queue) {
             std::fill(message.begin() + 16, message.end(), 0);
             queue.push_back(std::move(message));
         }},
        {"cut short",
         [](Bytes message, std::deque<Bytes>& queue) {
             message.pop_back();
             queue.push_back(std::move(message));
         }},
        {"too long",
         [](Bytes message, std::deque<Bytes>& queue) {
             message.push_back(0);
             queue.push_back(std::move(message));
         }},
        {"made a message of bytes", with(7, kNotify)},
        {"of no known kind", with(7, 2)},
    };
    const size_t index = GENERATE_COPY(range(size_t{0}, cases.size()));
    INFO(cases[index].name);
    StackedPair pair(with_ring());
    REQUIRE(pair.open());
    offer(pair, 0);
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == 1; }));
    pair.a.inner.transmit = [&, done = false](Bytes message, std::deque<Bytes>& queue) mutable {
        if (kind_of(message) == kNotify && !std::exchange(done, true)) {
            cases[index].treat(std::move(message), queue);
        } else {
            queue.push_back(std::move(message));
        }
    };
    check_refused(pair);
}

TEST_CASE("credits for what was not written end the connection") {
    const uint8_t forged = GENERATE(0, 1, 2);
    StackedPair pair(with_ring());
    REQUIRE(pair.open());
    pair.b.inner.transmit = [&](Bytes message, std::deque<Bytes>& queue) {
        if (kind_of(message) == kCredit) {
            if (forged == 0) {
                message.at(8) ^= 0x80;
            } else if (forged == 1) {
                std::fill(message.begin() + 8, message.end(), 0);
            } else {
                message.pop_back();
            }
        }
        queue.push_back(std::move(message));
    };
    for (uint32_t i = 0; i < 10 && pair.a.engine->failures.empty(); ++i) {
        offer(pair, i);
    }
    REQUIRE(pair.until([&] { return !pair.a.engine->failures.empty(); }));
    CHECK(pair.a.engine->failures[0].code == ErrorCode::kProtocol);
}

TEST_CASE("an interface that ends gives its ring back after what was sent has left") {
    StackedPair pair(with_ring());
    REQUIRE(pair.open());
    pair.b.inner.hold = true;
    offer(pair, 0);
    pair.a.engine->close();
    pair.b.inner.hold = false;
    REQUIRE(tcp::take_turns_until([&] { return pair.to_a->state() == tcp::Peer::State::kClosed; },
                                  pair.b));
    REQUIRE(pair.b.engine->received.size() == 1);
    CHECK(pair.b.engine->received[0].payload == pattern(60000, 0));
    CHECK(pair.b.engine->failures.empty());
    pair.a.fabric->progress();
    CHECK(pair.a.fabric->ending_count() == 0);
    CHECK(pair.network.rings.size() <= 1);
}

TEST_CASE("a ring's accounts refuse what does not follow") {
    RingReader reader;
    reader.set_size(100);
    CHECK_FALSE(reader.read({0, 101}).ok());
    CHECK_FALSE(reader.read({0, SIZE_MAX}).ok());
    CHECK_FALSE(reader.read({1, 10}).ok());
    CHECK(reader.read({0, 90}).value() == 0);
    CHECK_FALSE(reader.read({90, 11}).ok());  // around the end
    CHECK(reader.read({90, 10}).value() == 90);
    CHECK(reader.read({100, 10}).value() == 0);
    RingReader none;
    CHECK_FALSE(none.read({0, 1}).ok());
    CHECK_FALSE(none.read({0, 0}).ok());
    CHECK_FALSE(none.owes_credit());

    RingWriter writer;
    writer.set_size(kMinRingSize);
    CHECK(writer.room(kRingThreshold - 1) == 0);
    CHECK(writer.room(SIZE_MAX) == kMinRingSize);
    CHECK_FALSE(writer.credit(1).ok());
    writer.written(kMinRingSize - kRingThreshold + 1);
    CHECK(writer.room(kRingThreshold) == 0);
    CHECK(writer.credit(1).ok());
    CHECK_FALSE(writer.credit(1).ok());
    CHECK_FALSE(writer.credit(kMinRingSize).ok());
    CHECK(writer.room(SIZE_MAX) == kRingThreshold - 1);  // to the end, then around
}

}  // namespace ucx_crypto::stacked
