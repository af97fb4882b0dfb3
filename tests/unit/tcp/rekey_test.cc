#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {
namespace {

constexpr uint32_t kMessages = 300;

}  // namespace

TEST_CASE("Traffic in both directions goes on while both directions change keys") {
    const bool by_records = GENERATE(true, false);
    CAPTURE(by_records);
    record::EpochLimits limits;
    (by_records ? limits.max_records : limits.max_bytes) = by_records ? 3 : kSegmentSize + 256;
    NodeOptions of_a;
    of_a.identity = make_member(limits);
    NodeOptions of_b;
    of_b.identity = make_member(limits);
    Pair pair(of_a, of_b);

    Bytes target(size_t{4} << 20);
    const RegisteredMemory memory(pair.b, target);
    const Bytes source = pattern(target.size(), 1);
    const ByteView part = source;
    Ending put;
    REQUIRE(pair.to_b->put({&part, 1}, memory.token, RegisteredMemory::address_of(target), nullptr,
                           put.completion()) == SendResult::kInProgress);
    for (uint32_t i = 0; i < kMessages; ++i) {
        REQUIRE(send(*pair.to_b, 1, pattern(i * 101, i), pair.a, pair.b));
        REQUIRE(send(*pair.to_a, 1, pattern(i * 67, i), pair.a, pair.b));
    }
    REQUIRE(pair.until([&] {
        return pair.a.received.size() == kMessages && pair.b.received.size() == kMessages &&
               put.done == 1;
    }));
    for (uint32_t i = 0; i < kMessages; ++i) {
        CHECK((pair.b.received[i].payload == pattern(i * 101, i)));
        CHECK((pair.a.received[i].payload == pattern(i * 67, i)));
    }
    CHECK((target == source));
    for (Peer* peer : {pair.to_a, pair.to_b}) {
        CHECK(peer->link()->channel().sealer().epoch() >= 20);
        CHECK(peer->link()->channel().opener().epoch() >= 20);
    }
    CHECK(pair.a.failures.empty());
    CHECK(pair.b.failures.empty());
}

TEST_CASE("A connection on which keys have changed closes in order") {
    record::EpochLimits limits;
    limits.max_records = 2;
    NodeOptions options;
    options.identity = make_member(limits);
    NodeOptions of_b;
    of_b.identity = make_member(limits);
    Pair pair(options, of_b);
    REQUIRE(send(*pair.to_b, 1, pattern(100, 1), pair.a, pair.b));
    pair.a.release(*pair.to_b);
    pair.b.release(*pair.to_a);
    REQUIRE(pair.until([&] {
        pair.a.engine().flush();
        return pair.a.engine().link_count() == 0 && pair.b.engine().link_count() == 0;
    }));
    CHECK(pair.b.received.size() == 1);
    CHECK(pair.a.failures.empty());
    CHECK(pair.b.failures.empty());
}

}  // namespace ucx_crypto::tcp
