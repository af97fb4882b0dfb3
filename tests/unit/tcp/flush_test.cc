#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {
namespace {

void send_one(Pair& pair) {
    REQUIRE(send(*pair.to_b, 1, pattern(100, 1), pair.a, pair.b));
}

}  // namespace

TEST_CASE("A flush with nothing outstanding is done at once") {
    Pair pair;
    Ending ending;
    CHECK(pair.to_b->flush(pair.to_b->sequence(), nullptr, ending.completion()) ==
          SendResult::kDone);
    CHECK(ending.count() == 0);
}

TEST_CASE("A flush ends when the peer has acknowledged, not when the bytes are out") {
    Pair pair;
    send_one(pair);
    Ending ending;
    REQUIRE(pair.to_b->flush(pair.to_b->sequence(), nullptr, ending.completion()) ==
            SendResult::kInProgress);
    take_turns(50, pair.a);
    CHECK(ending.count() == 0);
    REQUIRE(pair.until([&] { return ending.done == 1; }));
    CHECK(pair.b.received.size() == 1);
    CHECK(pair.to_b->flush(pair.to_b->sequence(), nullptr, {}) == SendResult::kDone);
}

TEST_CASE("Flushes end once each, in order, and none for what was sent after it") {
    Pair pair;
    std::array<Ending, 3> endings;
    for (auto& ending : endings) {
        send_one(pair);
        REQUIRE(pair.to_b->flush(pair.to_b->sequence(), nullptr, ending.completion()) ==
                SendResult::kInProgress);
    }
    send_one(pair);
    CHECK(pair.to_b->has_outstanding());
    REQUIRE(pair.until([&] {
        CHECK(endings[0].done >= endings[1].done);
        CHECK(endings[1].done >= endings[2].done);
        return endings[2].done == 1;
    }));
    take_turns(10, pair.a, pair.b);
    for (const auto& ending : endings) {
        CHECK(ending.done == 1);
        CHECK(ending.count() == 1);
    }
    CHECK(pair.to_b->has_outstanding());  // nobody has asked about the last message
}

TEST_CASE("A flush waits for a PUT that is being sent") {
    Pair pair;
    Bytes target(size_t{8} << 20);
    const RegisteredMemory memory(pair.b, target);
    const Bytes source = pattern(target.size(), 1);
    const ByteView part = source;
    Ending put;
    REQUIRE(pair.to_b->put({&part, 1}, memory.token, RegisteredMemory::address_of(target), nullptr,
                           put.completion()) == SendResult::kInProgress);
    Ending flush;
    CHECK(pair.to_b->flush(pair.to_b->sequence(), nullptr, flush.completion()) ==
          SendResult::kNoResource);
    SendResult result = SendResult::kNoResource;
    REQUIRE(pair.until([&] {
        if (result == SendResult::kNoResource) {
            result = pair.to_b->flush(pair.to_b->sequence(), nullptr, flush.completion());
        }
        return result == SendResult::kDone || flush.done == 1;
    }));
    CHECK(put.done == 1);
    CHECK((target == source));
}

TEST_CASE("The engine's flush counts what destroyed handles have sent") {
    Pair pair;
    take_turns(10, pair.a, pair.b);
    CHECK(pair.a.engine().flush());
    send_one(pair);
    pair.a.release(*pair.to_b);
    CHECK_FALSE(pair.a.engine().flush());
    take_turns(50, pair.a);
    CHECK_FALSE(pair.a.engine().flush());
    REQUIRE(pair.until([&] { return pair.a.engine().flush(); }));
    CHECK(pair.b.received.size() == 1);
}

TEST_CASE("A flush that cannot be asked for now is asked for later") {
    Pair pair;
    const Bytes payload = pattern(kSegmentSize, 1);
    const ByteView part = payload;
    size_t count = 0;
    while (pair.to_b->send_active_message(1, {&part, 1}) == SendResult::kDone) {
        ++count;
    }
    const ByteView small = part.first(1);
    while (pair.to_b->send_active_message(1, {&small, 1}) == SendResult::kDone) {
        ++count;
    }
    Ending ending;
    REQUIRE(pair.to_b->flush(pair.to_b->sequence(), nullptr, ending.completion()) ==
            SendResult::kInProgress);
    REQUIRE(pair.until([&] { return ending.done == 1; }));
    CHECK(pair.b.received.size() == count);
}

}  // namespace ucx_crypto::tcp
