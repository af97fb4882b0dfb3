#include "ucx_crypto/attest/agent/server.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/unit/attest/agent/fake_attester.h"

namespace ucx_crypto::attest::agent {

using std::chrono::milliseconds;

namespace {

/// A server whose time stands still until the test lets it pass.
class Bench {
  public:
    explicit Bench(const Limits& limits = {})
        : limits(limits), server(Mode::kSnp, attester, limits, [this] { return now; }) {}

    Server::ClientId ask(uint32_t uid, uint8_t spki) {
        const auto client = server.connect(uid);
        Request request;
        request.spki_hash.fill(spki);
        server.receive(client, encode(request));
        return client;
    }

    void pass(milliseconds time) {
        now += time;
        server.run();
    }

    /// Everything that the client gets.
    Answer take(Server::ClientId client) {
        const auto answer = decode_answer(server.output(client));
        REQUIRE(answer.ok());
        server.sent(client, server.output(client).size());
        return *answer;
    }

    const Limits limits;
    Server::Time now{std::chrono::hours(1)};
    FakeAttester attester;
    Server server;
};

ReportData data_of(const Answer& answer) {
    const auto shared = decode_agent_evidence(answer.evidence.report);
    REQUIRE(shared.ok());
    const auto report = snp::Report::parse(shared->report);
    REQUIRE(report.ok());
    return report->report_data;
}

}  // namespace

TEST_CASE("agent server: requests that come together share one report") {
    Bench bench;
    std::vector<Server::ClientId> clients;
    for (uint8_t i = 0; i < 64; ++i) {
        clients.push_back(bench.ask(1000 + i % 3, i));
        bench.pass(milliseconds(i % 8 == 0 ? 1 : 0));
    }
    CHECK(bench.attester.asked.empty());
    bench.pass(bench.limits.gathering_time);
    REQUIRE(bench.attester.asked.size() == 1);
    CHECK(bench.server.reports() == 1);
    for (uint8_t i = 0; i < 64; ++i) {
        const Answer answer = bench.take(clients[i]);
        REQUIRE(answer.outcome == Outcome::kEvidence);
        const auto shared = decode_agent_evidence(answer.evidence.report);
        REQUIRE(shared.ok());
        CHECK(shared->uid == 1000U + i % 3);
        Digest spki{};
        spki.fill(i);
        CHECK(*expected_report_data(Mode::kSnp, *shared, {}, spki) == data_of(answer));
    }
    CHECK(bench.server.take_finished().size() == 64);
    CHECK_FALSE(bench.server.next_deadline());
}

TEST_CASE("agent server: who asks for whose key, evidence names the user that the kernel told") {
    Bench bench;
    const auto owner = bench.ask(1000, 7);
    const auto other = bench.ask(1001, 7);
    bench.pass(bench.limits.gathering_time);
    CHECK(decode_agent_evidence(bench.take(owner).evidence.report)->uid == 1000);
    CHECK(decode_agent_evidence(bench.take(other).evidence.report)->uid == 1001);
}

TEST_CASE("agent server: a request is read in whatever pieces it comes") {
    Bench bench;
    const auto client = bench.server.connect(1);
    for (const uint8_t byte : encode(Request{})) {
        CHECK(bench.server.output(client).empty());
        bench.server.receive(client, ByteView(&byte, 1));
    }
    bench.pass(bench.limits.gathering_time);
    CHECK(bench.take(client).outcome == Outcome::kEvidence);
}

TEST_CASE("agent server: what is no request gets no report") {
    Bench bench;
    RequestBytes wrong = encode(Request{});
    wrong[0] ^= 1;
    const auto malformed = bench.server.connect(1);
    bench.server.receive(malformed, wrong);
    CHECK(bench.take(malformed).outcome == Outcome::kBadRequest);

    Bytes longer(kRequestSize + 1);
    const auto too_long = bench.server.connect(1);
    bench.server.receive(too_long, longer);
    CHECK(bench.take(too_long).outcome == Outcome::kBadRequest);

    // One that goes on after its request loses its place.
    const auto talkative = bench.ask(1, 1);
    bench.server.receive(talkative, ByteView(longer).first(1));
    CHECK(bench.take(talkative).outcome == Outcome::kBadRequest);
    bench.pass(bench.limits.gathering_time);
    CHECK(bench.attester.asked.empty());
    CHECK(bench.server.take_finished().size() == 3);
}

TEST_CASE("agent server: clients that are slow make way, and hold nobody up") {
    Bench bench;
    const auto silent = bench.server.connect(1);
    const auto half = bench.server.connect(1);
    bench.server.receive(half, ByteView(encode(Request{})).first(kRequestSize - 1));
    const auto good = bench.ask(1, 1);
    bench.pass(bench.limits.gathering_time);
    CHECK(bench.take(good).outcome == Outcome::kEvidence);
    CHECK(bench.server.take_finished() == std::vector{good});
    bench.pass(bench.limits.request_time);
    const auto late = bench.server.take_finished();
    CHECK(std::set(late.begin(), late.end()) == std::set{silent, half});

    // One that does not take its answer.
    const auto full = bench.ask(1, 2);
    bench.pass(bench.limits.gathering_time);
    bench.server.sent(full, 5);
    bench.pass(bench.limits.answer_time - milliseconds(1));
    CHECK(bench.server.take_finished().empty());
    bench.pass(milliseconds(1));
    CHECK(bench.server.take_finished() == std::vector{full});
    CHECK_FALSE(bench.server.next_deadline());
}

TEST_CASE("agent server: one that has gone costs no report") {
    Bench bench;
    bench.server.disconnect(bench.ask(1, 1));
    bench.pass(bench.limits.gathering_time);
    CHECK(bench.attester.asked.empty());
    CHECK_FALSE(bench.server.next_deadline());
    bench.server.receive(99, encode(Request{}));  // nor does one that never came
    bench.server.sent(99, 1);
    bench.server.disconnect(99);
    CHECK(bench.server.output(99).empty());
}

TEST_CASE("agent server: clients are bounded, in all and for each user") {
    Limits limits;
    limits.clients = 6;
    limits.clients_per_user = 4;
    Bench bench(limits);
    std::vector<Server::ClientId> greedy;
    for (uint8_t i = 0; i < 5; ++i) {
        greedy.push_back(bench.ask(666, i));
    }
    CHECK(bench.take(greedy[4]).outcome == Outcome::kBusy);
    CHECK_FALSE(bench.server.full());
    const auto modest = bench.ask(1000, 9);
    bench.server.connect(1000);
    CHECK(bench.server.full());
    bench.pass(bench.limits.gathering_time);
    CHECK(bench.take(modest).outcome == Outcome::kEvidence);
    for (size_t i = 0; i < 4; ++i) {
        CHECK(bench.take(greedy[i]).outcome == Outcome::kEvidence);
    }
    CHECK(bench.attester.asked.size() == 1);
    CHECK_FALSE(bench.server.full());
    const auto again = bench.ask(666, 1);  // those that are served count no more
    bench.pass(bench.limits.gathering_time);
    CHECK(bench.take(again).outcome == Outcome::kEvidence);
}

TEST_CASE("agent server: a tree has a bound, and those beyond it wait for the next report") {
    Limits limits;
    limits.clients_per_user = 4096;
    Bench bench(limits);
    std::vector<Server::ClientId> clients;
    for (uint32_t i = 0; i < kMaxTreeSize + 3; ++i) {
        clients.push_back(bench.ask(1, static_cast<uint8_t>(i)));
    }
    bench.pass(milliseconds(0));  // full, but not due
    CHECK(bench.attester.asked.empty());
    bench.pass(bench.limits.gathering_time);
    CHECK(bench.attester.asked.size() == 1);
    bench.pass(milliseconds(0));
    CHECK(bench.attester.asked.size() == 1);
    CHECK(bench.server.output(clients.back()).empty());
    bench.pass(bench.limits.gathering_time);
    CHECK(bench.attester.asked.size() == 2);
    CHECK(decode_agent_evidence(bench.take(clients.back()).evidence.report)->tree_size == 3);
}

TEST_CASE("agent server: users that ask without end cause one report in each gathering time") {
    Bench bench;
    for (int i = 0; i < 1000; ++i) {
        bench.ask(1 + i % 2, 1);
        bench.pass(milliseconds(1));
        for (const auto& client : bench.server.take_finished()) {
            bench.server.disconnect(client);
        }
    }
    CHECK(bench.attester.asked.size() <= 20);  // 50 ms each
    CHECK(bench.attester.asked.size() >= 15);
}

TEST_CASE("agent server: users that fill trees cause no more reports than others") {
    Limits limits;
    limits.clients = limits.clients_per_user = 4 * kMaxTreeSize;
    Bench bench(limits);
    std::vector<Server::ClientId> clients;
    for (int i = 0; i < 200; ++i) {
        while (!bench.server.full()) {
            clients.push_back(bench.ask(1, 1));
        }
        bench.pass(milliseconds(1));
        std::erase_if(clients, [&](Server::ClientId client) {
            const size_t size = bench.server.output(client).size();
            bench.server.sent(client, size);
            return size != 0;
        });
    }
    CHECK(bench.attester.asked.size() <= 4);  // 50 ms each
    CHECK(bench.attester.asked.size() >= 3);
}

TEST_CASE("agent server: what may come later is asked for with pauses, in which requests wait") {
    Bench bench;
    bench.attester.failure = Error(ErrorCode::kNotFound, "no certificates");
    milliseconds pause = bench.limits.first_pause;
    for (size_t failures = 1; failures <= 6; ++failures) {
        const auto client = bench.ask(1, 1);
        bench.pass(failures == 1 ? bench.limits.gathering_time : pause);
        REQUIRE(bench.attester.asked.size() == failures);
        CHECK(bench.take(client).outcome == Outcome::kNoReport);
        pause = std::min(failures == 1 ? pause : 2 * pause, bench.limits.longest_pause);
        const auto early = bench.ask(1, 1);
        CHECK(*bench.server.next_deadline() >= bench.now + pause);
        bench.pass(pause - milliseconds(1));
        CHECK(bench.attester.asked.size() == failures);
        CHECK(bench.server.output(early).empty());
        bench.server.disconnect(early);
        bench.now -= pause - milliseconds(1);
    }
    bench.attester.failure.reset();
    const auto patient = bench.ask(1, 1);
    bench.pass(pause);
    CHECK(bench.take(patient).outcome == Outcome::kEvidence);
    const auto next = bench.ask(1, 1);
    bench.pass(bench.limits.gathering_time);
    CHECK(bench.take(next).outcome == Outcome::kEvidence);
}

TEST_CASE("agent server: after a failure of the device it asks for nothing more, and says why") {
    const auto [code, asks_again] =
        GENERATE(table<ErrorCode, bool>({{ErrorCode::kIo, false},
                                         {ErrorCode::kUnsupported, false},
                                         {ErrorCode::kInternal, false},
                                         {ErrorCode::kTimedOut, true},
                                         {ErrorCode::kNotFound, true}}));
    Bench bench;
    bench.attester.failure = Error(code, "the firmware says no");
    const auto first = bench.ask(1, 1);
    bench.pass(bench.limits.gathering_time);
    const Answer refusal = bench.take(first);
    CHECK(refusal.outcome == Outcome::kNoReport);
    CHECK_THAT(refusal.text, Catch::Contains("the firmware says no"));
    bench.attester.failure.reset();
    const auto second = bench.ask(1, 1);
    bench.pass(bench.limits.first_pause);
    CHECK((bench.take(second).outcome == Outcome::kEvidence) == asks_again);
    CHECK(bench.attester.asked.size() == (asks_again ? 2 : 1));
}

}  // namespace ucx_crypto::attest::agent
