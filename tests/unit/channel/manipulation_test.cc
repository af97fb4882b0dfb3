// Handshakes with somebody in between.
#include "support.h"

namespace ucx_crypto::channel {
namespace {

using Phase = SecureChannel::Phase;

/// What each end sent, in order of the flights: client, server, client, server, client.
constexpr size_t kFlights = 5;

struct Recorded {
    std::array<Bytes, kFlights> flights;
};

/// Runs a handshake flight by flight; `tamper` changes flight `index` on its way.
template <typename Tamper>
Ends::Errors run_tampered(Ends& ends, Recorded& recorded, const Tamper& tamper) {
    Ends::Errors errors;
    for (size_t i = 0; i < kFlights; ++i) {
        const bool from_client = i % 2 == 0;
        SecureChannel& from = from_client ? *ends.client : *ends.server;
        SecureChannel& to = from_client ? *ends.server : *ends.client;
        recorded.flights[i] = take_output(from);
        Bytes flight = recorded.flights[i];
        tamper(i, flight);
        const auto given = give(to, flight);
        if (!given.ok()) {
            (from_client ? errors.server : errors.client) = given.error();
            return errors;
        }
    }
    return errors;
}

/// After manipulation no end may believe in a channel that the other has not agreed to with the
/// same keys: at most the client is open (it sent the last flight), and nothing that it seals
/// opens at a server that failed.
void check_harmless(Ends& ends, const Ends::Errors& errors) {
    CHECK((errors.client || errors.server || ends.server->phase() == Phase::kHandshake ||
           ends.client->phase() == Phase::kHandshake));
    CHECK(!ends.both_open());
    CHECK(ends.server->phase() != Phase::kOpen);
}

}  // namespace

TEST_CASE("Every flipped byte of every flight ends the handshake") {
    const auto client = make_identity({.endorsements_size = 40});
    const auto server = make_identity({.endorsements_size = 40});
    const size_t flight = GENERATE(range(size_t{0}, kFlights));
    Recorded reference;
    {
        Ends ends(client, server);
        run_tampered(ends, reference, [](size_t, Bytes&) {});
        REQUIRE(ends.both_open());
    }
    const size_t size = reference.flights[flight].size();
    REQUIRE(size > 0);
    size_t opened_with_flip = 0;
    for (size_t at = 0; at < size; ++at) {
        Ends ends(client, server);
        Recorded recorded;
        bool flipped = false;
        const auto errors = run_tampered(ends, recorded, [&](size_t i, Bytes& bytes) {
            if (i == flight && at < bytes.size()) {  // signatures differ by a byte in size
                bytes[at] ^= static_cast<uint8_t>(1U << (at % 8));
                flipped = true;
            }
        });
        if (!flipped) {
            continue;
        }
        INFO("flight " << flight << ", byte " << at);
        opened_with_flip += ends.both_open() ? 1 : 0;
        check_harmless(ends, errors);
    }
    CHECK(opened_with_flip == 0);
}

TEST_CASE("A truncated flight opens nothing") {
    const auto identity = make_identity({.endorsements_size = 40});
    const size_t flight = GENERATE(range(size_t{0}, kFlights));
    for (size_t cut = 1; cut < 200; cut += 7) {
        Ends ends(identity, identity);
        Recorded recorded;
        const auto errors = run_tampered(ends, recorded, [&](size_t i, Bytes& bytes) {
            if (i == flight) {
                bytes.resize(bytes.size() - std::min(cut, bytes.size()));
            }
        });
        INFO("flight " << flight << ", " << cut << " bytes less");
        CHECK(!errors.server);  // what is missing may still come
        CHECK(ends.server->phase() == Phase::kHandshake);
    }
}

TEST_CASE("A client's own bytes sent back to it are refused") {
    Ends ends;
    const Bytes flight = take_output(*ends.client);
    const auto given = give(*ends.client, flight);
    REQUIRE(!given.ok());
    CHECK(ends.client->phase() == Phase::kFailed);
}

TEST_CASE("Two clients, or two servers, do not open a channel") {
    const auto a = make_identity();
    const auto b = make_identity();
    auto first = make_channel(a, Role::kClient, 1, b->instance_id(2));
    auto second = make_channel(b, Role::kClient, 2, a->instance_id(1));
    const Bytes flight = take_output(*first);
    const auto given = give(*second, flight);
    REQUIRE(!given.ok());
    CHECK(given.error().message().find("role") != std::string::npos);
}

TEST_CASE("A recorded client is refused by a later handshake") {
    Ends honest;
    Recorded recorded;
    run_tampered(honest, recorded, [](size_t, Bytes&) {});
    REQUIRE(honest.both_open());
    auto server = make_channel(honest.server_identity, Role::kServer, Ends::kServerCounter);
    REQUIRE(give(*server, recorded.flights[0]).ok());  // a HELLO can be replayed, and gives nothing
    const auto given = give(*server, recorded.flights[2]);
    REQUIRE(!given.ok());
    CHECK(!server->peer_verified());
    CHECK(server->phase() == Phase::kFailed);
}

TEST_CASE("Flights of another session are refused") {
    const size_t flight = GENERATE(range(size_t{1}, kFlights));
    const auto client = make_identity();
    const auto server = make_identity();
    Ends other(client, server);
    Recorded recorded;
    run_tampered(other, recorded, [](size_t, Bytes&) {});
    REQUIRE(other.both_open());
    Ends ends(client, server);
    Recorded now;
    const auto errors = run_tampered(ends, now, [&](size_t i, Bytes& bytes) {
        if (i == flight) {
            bytes = recorded.flights[i];
        }
    });
    check_harmless(ends, errors);
    CHECK((errors.client || errors.server));
}

TEST_CASE("Somebody without the certificate's key cannot take a HELLO over") {
    // The attacker knows the job's keys (an insider), copies the address, but has another key.
    const auto victim = make_identity();
    const auto client_identity = make_identity();
    auto client =
        make_channel(client_identity, Role::kClient, 1, victim->instance_id(Ends::kServerCounter));
    auto attacker = make_channel(make_identity(), Role::kServer, Ends::kServerCounter);
    const Bytes flight = take_output(*client);
    const auto refused = give(*attacker, flight);
    CHECK(!refused.ok());  // an honest implementation does not even answer

    // One that answers with the victim's HELLO and its own certificate fails at the client.
    const auto insider = std::dynamic_pointer_cast<ProcessIdentity>(make_identity());
    handshake::Hello hello;
    hello.role = handshake::Role::kServer;
    hello.own = victim->instance_id(Ends::kServerCounter);
    hello.peer = client_identity->instance_id(1);
    hello.interface_counter = Ends::kServerCounter;
    const auto hello_bytes = encode(hello, insider->local().keys.hello_key).value();
    auto tls =
        handshake::TlsSession::create(insider->local().tls, handshake::Role::kServer).value();
    REQUIRE(tls.feed(ByteView(flight).subspan(handshake::kHelloSize)).ok());
    REQUIRE(tls.handshake().ok());
    Bytes answer(hello_bytes.begin(), hello_bytes.end());
    REQUIRE(tls.take_output(answer).ok());
    const auto given = give(*client, answer);
    REQUIRE(!given.ok());
    CHECK(given.error().message().find("expected the certificate of instance") !=
          std::string::npos);
    CHECK(take_output(*client) == Bytes(handshake::kAlert.begin(), handshake::kAlert.end()));
}

TEST_CASE("Garbage is refused at its first wrong byte") {
    auto server = make_channel(make_identity(), Role::kServer, 1);
    const auto given = give(*server, as_bytes("GET / HTTP/1.1\r\n"), 1);
    REQUIRE(!given.ok());
    CHECK(given.error().code() == ErrorCode::kProtocol);
    CHECK(server->phase() == Phase::kFailed);
    const auto again = server->receive_handshake(as_bytes("more"));
    REQUIRE(!again.ok());
    CHECK(again.error().message() == given.error().message());
}

TEST_CASE("A TLS record longer than TLS allows is refused by its header") {
    Ends ends;
    Bytes flight = take_output(*ends.client);
    flight[handshake::kHelloSize + 3] = 0xFF;
    flight.resize(handshake::kHelloSize + 5);
    CHECK(!give(*ends.server, flight).ok());
}

TEST_CASE("More bytes than a handshake may have end it") {
    Ends ends;
    REQUIRE(give(*ends.server, take_output(*ends.client)).ok());
    REQUIRE(give(*ends.client, take_output(*ends.server)).ok());
    // A client that is honest in TLS, then sends CONFIRMs without end: the TLS part is taken from
    // an honest client, so the bound is reached with records that are never whole messages.
    const auto insider = std::dynamic_pointer_cast<ProcessIdentity>(ends.client_identity);
    auto server = make_channel(ends.server_identity, Role::kServer, Ends::kServerCounter);
    handshake::Hello hello;
    hello.own = insider->instance_id(Ends::kClientCounter);
    hello.peer = ends.server_identity->instance_id(Ends::kServerCounter);
    hello.interface_counter = Ends::kClientCounter;
    const auto hello_bytes = encode(hello, insider->local().keys.hello_key).value();
    auto tls =
        handshake::TlsSession::create(insider->local().tls, handshake::Role::kClient).value();
    Bytes out(hello_bytes.begin(), hello_bytes.end());
    REQUIRE(!tls.handshake().value());
    REQUIRE(tls.take_output(out).ok());
    REQUIRE(give(*server, out).ok());
    const Bytes answer = take_output(*server);
    size_t at = handshake::kHelloSize;
    while (at < answer.size()) {
        const size_t size =
            handshake::tls_record_size(ByteView(answer).subspan(at, handshake::kTlsHeaderSize))
                .value();
        REQUIRE(tls.feed(ByteView(answer).subspan(at, size)).ok());
        REQUIRE(tls.handshake().ok());
        at += size;
    }
    out.clear();
    SECTION("a message whose header says too much") {
        const std::array<uint8_t, 5> header{1, 0, 1, 0, 0};
        REQUIRE(tls.write(header).ok());
        REQUIRE(tls.take_output(out).ok());
        const auto given = give(*server, out);
        REQUIRE(!given.ok());
        CHECK(given.error().message().find("expected at most") != std::string::npos);
    }
    SECTION("a message of the wrong type") {
        const std::array<uint8_t, 5> header{2, 0, 0, 0, 96};
        REQUIRE(tls.write(header).ok());
        REQUIRE(tls.take_output(out).ok());
        const auto given = give(*server, out);
        REQUIRE(!given.ok());
        CHECK(given.error().message().find("expected CONFIRM") != std::string::npos);
    }
    SECTION("tiny records up to the limit") {
        const std::array<uint8_t, 5> header{1, 0, 0, 0x80, 0};
        REQUIRE(tls.write(header).ok());
        REQUIRE(tls.take_output(out).ok());
        REQUIRE(give(*server, out).ok());
        size_t sent = out.size();
        std::optional<Error> error;
        while (!error && sent < 2 * handshake::kMaxReceived) {
            out.clear();
            const std::array<uint8_t, 1> one{0};
            REQUIRE(tls.write(one).ok());
            REQUIRE(tls.take_output(out).ok());
            const auto given = give(*server, out);
            if (!given.ok()) {
                error = given.error();
            }
            sent += out.size();
        }
        REQUIRE(error);
        CHECK(error->message().find("expected at most 65536 bytes") != std::string::npos);
        CHECK(sent <= handshake::kMaxReceived + out.size());
    }
    CHECK(!server->peer_verified());
    CHECK(take_output(*server) == Bytes(handshake::kAlert.begin(), handshake::kAlert.end()));
}

}  // namespace ucx_crypto::channel
