// Messages, PUT and flush when the records take an inner transport.
#include "tests/unit/stacked/stacked_node.h"

namespace ucx_crypto::stacked {

using tcp::kSegmentSize;
using tcp::pattern;
using tcp::Peer;
using tcp::SendResult;

TEST_CASE("messages of every size arrive in order, both ways, over either kind of endpoint") {
    FakeInner::Options options;
    options.to_endpoint = GENERATE(false, true);
    options.max_bytes = GENERATE(300, 8248, 200000);
    StackedPair pair(options);
    const std::vector<size_t> sizes{0, 1, 7, 300, 8191, 8192, 8193, 65536, kSegmentSize};
    for (size_t i = 0; i < sizes.size(); ++i) {
        REQUIRE(tcp::send(*pair.to_b, 1, pattern(sizes[i], i), pair.a, pair.b));
        REQUIRE(tcp::send(*pair.to_a, 2, pattern(sizes[i], i + 100), pair.a, pair.b));
    }
    REQUIRE(pair.until([&] {
        return pair.a.engine->received.size() == sizes.size() &&
               pair.b.engine->received.size() == sizes.size();
    }));
    for (size_t i = 0; i < sizes.size(); ++i) {
        CHECK(pair.b.engine->received[i].payload == pattern(sizes[i], i));
        CHECK(pair.a.engine->received[i].payload == pattern(sizes[i], i + 100));
    }
}

TEST_CASE("the inner transport sees sealed bytes only, and its memory never plaintext") {
    const std::string secret = "a marker that nobody may see";
    size_t seen = 0;
    StackedPair pair;
    pair.a.inner.admit = [&](ByteView message) {
        ++seen;
        return as_text(message).find(secret.substr(0, 12)) == std::string_view::npos;
    };
    pair.b.inner.delivered = [&](ByteView sent, ByteView afterwards) {
        CHECK(equal(sent, afterwards));  // nothing was opened in its memory
    };
    REQUIRE(pair.send(as_bytes(secret)));
    REQUIRE(pair.until([&] { return !pair.b.engine->received.empty(); }));
    CHECK(as_text(pair.b.engine->received[0].payload) == secret);
    CHECK(seen > 0);
}

TEST_CASE("without resources of the inner transport sealed bytes are kept and sent as they are") {
    Bytes refused;
    unsigned attempts = 0;
    StackedPair pair;
    REQUIRE(pair.open());
    pair.a.inner.admit = [&](ByteView message) {
        if (!refused.empty()) {
            // Only more may have come behind it.
            const size_t size = std::min(refused.size(), message.size());
            CHECK(equal(ByteView(refused).first(size), message.first(size)));
            CHECK(message.size() >= refused.size());
        }
        if (++attempts % 3 != 0) {
            refused = to_bytes(message);
            return false;
        }
        refused.clear();
        return true;
    };
    constexpr uint32_t kMessages = 200;
    for (uint32_t i = 0; i < kMessages; ++i) {
        REQUIRE(pair.send(pattern(2000 + i, i)));
    }
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == kMessages; }));
    for (uint32_t i = 0; i < kMessages; ++i) {
        REQUIRE(pair.b.engine->received[i].payload == pattern(2000 + i, i));
    }
    CHECK(attempts > kMessages);
    CHECK(pair.a.engine->engine().can_sleep());
}

TEST_CASE("an interface with bytes that the inner transport does not take may not sleep") {
    StackedPair pair;
    REQUIRE(pair.open());
    pair.a.inner.admit = [](ByteView) { return false; };
    REQUIRE(pair.to_b->send_active_message(1, {}) == SendResult::kDone);
    pair.a.engine->engine().after_operations(*pair.to_b);
    tcp::take_turns(5, pair.a, pair.b);
    CHECK_FALSE(pair.a.engine->engine().can_sleep());
    CHECK(pair.b.engine->received.empty());
    pair.a.inner.admit = nullptr;
    CHECK(pair.until([&] { return pair.b.engine->received.size() == 1; }));
}

TEST_CASE("a PUT lands and completes, and a flush waits for the peer's acknowledgement") {
    StackedPair pair;
    REQUIRE(pair.open());
    Bytes target(300000);
    const tcp::RegisteredMemory memory(*pair.b.engine, target);
    const Bytes data = pattern(target.size(), 9);
    const ByteView part = data;
    tcp::Ending put;
    REQUIRE(pair.to_b->put({&part, 1}, memory.token, memory.address_of(target), &put,
                           put.completion()) == SendResult::kInProgress);
    pair.a.engine->engine().after_operations(*pair.to_b);
    pair.b.inner.hold = true;
    tcp::take_turns(20, pair.a, pair.b);
    CHECK(put.count() == 0);
    pair.b.inner.hold = false;
    REQUIRE(pair.until([&] { return put.done == 1; }));
    CHECK(target == data);

    REQUIRE(pair.send(pattern(100, 1)));
    tcp::Ending flush;
    pair.b.inner.hold = true;
    REQUIRE(pair.to_b->flush(pair.to_b->sequence(), &flush, flush.completion()) ==
            SendResult::kInProgress);
    pair.a.engine->engine().after_operations(*pair.to_b);
    tcp::take_turns(20, pair.a, pair.b);
    CHECK(flush.count() == 0);
    pair.b.inner.hold = false;
    CHECK(pair.until([&] { return flush.done == 1; }));
}

TEST_CASE("keys change on the inner transport as elsewhere") {
    tcp::NodeOptions options;
    record::EpochLimits limits;
    limits.max_records = 5;
    options.identity = tcp::make_member(limits);
    FakeNetwork network;
    StackedNode a(network, {}, options);
    options.identity = tcp::make_member(limits);
    StackedNode b(network, {}, options);
    Peer& to_b = a.engine->attach(*b.engine);
    for (uint32_t i = 0; i < 50; ++i) {
        REQUIRE(tcp::send(to_b, 1, pattern(50, i), a, b));
    }
    REQUIRE(tcp::take_turns_until([&] { return b.engine->received.size() == 50; }, a, b));
    CHECK(b.engine->received[49].payload == pattern(50, 49));
    CHECK(b.engine->failures.empty());
}

}  // namespace ucx_crypto::stacked
