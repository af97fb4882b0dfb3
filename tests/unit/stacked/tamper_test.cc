// An inner transport that is not what it should be: reliable, in order, and the peer's alone.
#include "tests/unit/stacked/stacked_node.h"

namespace ucx_crypto::stacked {

using tcp::pattern;

namespace {

using Queue = std::deque<Bytes>;
using Transmit = std::function<void(Bytes, Queue&)>;

struct Manipulation {
    std::string name;
    /// Makes the function that treats the messages after the first.
    std::function<Transmit()> make;
};

Transmit flip(size_t place, bool from_end = false) {
    return [place, from_end](Bytes message, Queue& queue) {
        message.at(from_end ? message.size() - 1 - place : place) ^= 1;
        queue.push_back(std::move(message));
    };
}

/// Treats the first message in its way, and others as they should be.
Transmit once(std::function<void(Bytes, Queue&)> treat) {
    auto done = std::make_shared<bool>(false);
    return [treat = std::move(treat), done](Bytes message, Queue& queue) {
        if (std::exchange(*done, true)) {
            queue.push_back(std::move(message));
        } else {
            treat(std::move(message), queue);
        }
    };
}

std::vector<Manipulation> manipulations() {
    return {
        {"a bit of the type flipped", [] { return flip(8); }},
        {"a bit of the version flipped", [] { return flip(9); }},
        {"a bit of the epoch flipped", [] { return flip(11); }},
        {"a bit of the length flipped", [] { return flip(15); }},
        {"the length's largest bit flipped",
         [] {
             return [](Bytes message, Queue& queue) {
                 message.at(12) ^= 0x80;
                 queue.push_back(std::move(message));
             };
         }},
        {"a bit of the ciphertext flipped", [] { return flip(20); }},
        {"a bit of the tag flipped", [] { return flip(0, true); }},
        {"the first bit of the tag flipped", [] { return flip(15, true); }},
        {"the session id altered", [] { return once(flip(3)); }},
        {"a message dropped", [] { return once([](const Bytes&, Queue&) {}); }},
        {"a message duplicated",
         [] {
             return [](Bytes message, Queue& queue) {
                 queue.push_back(message);
                 queue.push_back(std::move(message));
             };
         }},
        {"two messages exchanged",
         [] {
             auto held = std::make_shared<Bytes>();
             return [held](Bytes message, Queue& queue) {
                 if (held->empty()) {
                     *held = std::move(message);
                 } else {
                     queue.push_back(std::move(message));
                     queue.push_back(std::exchange(*held, {}));
                 }
             };
         }},
        {"a message cut short",
         [] {
             return once([](Bytes message, Queue& queue) {
                 message.pop_back();
                 queue.push_back(std::move(message));
             });
         }},
        {"a byte added",
         [] {
             return once([](Bytes message, Queue& queue) {
                 message.push_back(0);
                 queue.push_back(std::move(message));
             });
         }},
        {"a message split with a byte between",
         [] {
             return once([](Bytes message, Queue& queue) {
                 Bytes rest(message.begin(), message.begin() + kSessionIdSize);
                 rest.insert(rest.end(), message.begin() + 19, message.end());
                 message.resize(20);
                 queue.push_back(std::move(message));
                 queue.push_back(std::move(rest));
             });
         }},
        {"zeros in a message's place",
         [] {
             return [](Bytes message, Queue& queue) {
                 std::fill(message.begin() + kSessionIdSize, message.end(), 0);
                 queue.push_back(std::move(message));
             };
         }},
    };
}

}  // namespace

TEST_CASE(
    "whatever happens to messages on the inner transport ends the connection, and nothing "
    "altered is delivered") {
    const auto all = manipulations();
    const size_t index = GENERATE_COPY(range(size_t{0}, all.size()));
    INFO(all[index].name);
    StackedPair pair;
    REQUIRE(pair.send(pattern(100, 0)));
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == 1; }));
    REQUIRE(pair.open());

    pair.a.inner.transmit = all[index].make();
    for (uint32_t i = 1; i <= 3 && pair.b.engine->failures.empty(); ++i) {
        const Bytes payload = pattern(100, i);
        const ByteView part = payload;
        if (pair.to_b->send_active_message(3, {&part, 1}) == tcp::SendResult::kDone) {
            pair.a.engine->engine().after_operations(*pair.to_b);
        }
        tcp::take_turns(3, pair.a, pair.b);
    }
    REQUIRE(pair.until([&] { return !pair.b.engine->failures.empty(); }));
    CHECK((pair.b.engine->failures[0].code == ErrorCode::kAuthentication ||
           pair.b.engine->failures[0].code == ErrorCode::kProtocol));
    CHECK_FALSE(pair.b.engine->failures[0].orderly);
    // A side that has found it out tells the other by closing.
    CHECK(pair.until([&] { return !pair.a.engine->failures.empty(); }));
    const auto& received = pair.b.engine->received;
    for (size_t i = 0; i < received.size(); ++i) {
        CHECK(received[i].payload == pattern(100, static_cast<uint32_t>(i)));
    }
}

TEST_CASE("the last message dropped is missed when the peer says that it lives") {
    tcp::NodeOptions options;
    options.engine.keepalive_interval = 2;
    StackedPair pair({}, options);
    REQUIRE(pair.open());
    pair.a.inner.transmit = once([](const Bytes&, Queue&) {});
    const Bytes payload = pattern(100, 1);
    const ByteView part = payload;
    REQUIRE(pair.to_b->send_active_message(3, {&part, 1}) == tcp::SendResult::kDone);
    tcp::take_turns(5, pair.a, pair.b);
    CHECK(pair.b.engine->failures.empty());
    for (int second = 0; second < 4; ++second) {
        pair.a.seconds_pass(1);
        pair.b.seconds_pass(1);
    }
    REQUIRE(pair.until([&] { return !pair.b.engine->failures.empty(); }));
    CHECK(pair.b.engine->failures[0].code == ErrorCode::kAuthentication);
}

TEST_CASE("messages for no session are dropped in silence") {
    StackedPair pair;
    REQUIRE(pair.open());
    const uint64_t before = pair.b.fabric->strangers();
    pair.b.inner.incoming.push_back(Bytes(100, 0x55));
    pair.b.inner.incoming.push_back(Bytes(7, 0));
    pair.b.inner.incoming.emplace_back();
    tcp::take_turns(3, pair.a, pair.b);
    CHECK(pair.b.fabric->strangers() == before + 3);
    REQUIRE(pair.send(pattern(10, 1)));
    CHECK(pair.until([&] { return pair.b.engine->received.size() == 1; }));
    CHECK(pair.b.engine->failures.empty());
}

TEST_CASE("forged bytes under a session's id end its connection, and more of them find nobody") {
    SessionId id = 0;
    StackedPair pair;
    REQUIRE(pair.open());
    pair.a.inner.transmit = [&](Bytes message, Queue& queue) {
        std::memcpy(&id, message.data(), sizeof(id));
        queue.push_back(std::move(message));
    };
    REQUIRE(pair.send(pattern(10, 1)));
    REQUIRE(pair.until([&] { return pair.b.engine->received.size() == 1; }));
    Bytes injected(50, 0);
    std::memcpy(injected.data(), &id, sizeof(id));
    pair.b.inner.incoming.push_back(injected);
    REQUIRE(pair.until([&] { return !pair.b.engine->failures.empty(); }));
    // Messages of the ended session find nobody.
    const uint64_t before = pair.b.fabric->strangers();
    pair.b.inner.incoming.push_back(injected);
    tcp::take_turns(2, pair.b);
    CHECK(pair.b.fabric->strangers() == before + 1);
    CHECK(pair.b.fabric->session_count() == 0);
}

}  // namespace ucx_crypto::stacked
