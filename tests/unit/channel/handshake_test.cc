// What a handshake between two honest ends gives, and which settings refuse each other.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "support.h"

namespace ucx_crypto::channel {
namespace {

using Phase = SecureChannel::Phase;

bool contains(const std::optional<Error>& error, std::string_view text) {
    return error && error->message().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("Two ends open a channel whatever the pieces in which bytes arrive") {
    const size_t piece = GENERATE(size_t{1}, size_t{2}, size_t{67}, size_t{1000}, SIZE_MAX);
    const auto mode = GENERATE(attest::Mode::kOff, attest::Mode::kEmulated);
    Ends ends({.mode = mode}, {.mode = mode});
    const auto errors = ends.run(piece);
    INFO((errors.client ? errors.client->message() : "") +
         (errors.server ? errors.server->message() : ""));
    REQUIRE(!errors.client);
    REQUIRE(!errors.server);
    require_conversation(ends);
    CHECK(ends.client->peer_claims().mode == mode);
    CHECK(ends.client->state_name() == "open");
}

TEST_CASE("Evidence of the largest size fits into a handshake") {
    const IdentityOptions options{.endorsements_size = attest::kMaxEndorsementsSize};
    Ends ends(options, options);
    ends.run();
    require_conversation(ends);
}

TEST_CASE("Evidence per connection is made when the policy wants it") {
    Ends ends({.channel_binding = true}, {.channel_binding = true});
    ends.run();
    require_conversation(ends);
}

TEST_CASE("A policy that wants evidence per connection refuses identity evidence") {
    Ends ends({}, {.channel_binding = true});
    const auto errors = ends.run();
    CHECK(contains(errors.server, "expected evidence for this very connection"));
    CHECK(!ends.both_open());
}

TEST_CASE("The server knows its peer before its last flight is sent") {
    Ends ends;
    REQUIRE(give(*ends.server, take_output(*ends.client)).ok());
    REQUIRE(give(*ends.client, take_output(*ends.server)).ok());
    CHECK(!ends.server->peer_verified());
    REQUIRE(give(*ends.server, take_output(*ends.client)).ok());
    CHECK(ends.server->peer_verified());
    CHECK(ends.server->phase() == Phase::kHandshake);
    CHECK(ends.server->peer_instance() == ends.client_identity->instance_id(1));
    CHECK(ends.server->peer_claims().product == "text");
    CHECK(!ends.client->peer_verified());
    CHECK(!ends.server->handshake_output().empty());  // held back as long as the caller likes
    ends.run();
    require_conversation(ends);
}

TEST_CASE("Records behind ACCEPT in the same buffer are left alone") {
    Ends ends;
    REQUIRE(give(*ends.server, take_output(*ends.client)).ok());
    REQUIRE(give(*ends.client, take_output(*ends.server)).ok());
    REQUIRE(give(*ends.server, take_output(*ends.client)).ok());
    REQUIRE(give(*ends.client, take_output(*ends.server)).ok());
    REQUIRE(ends.client->phase() == Phase::kOpen);
    Bytes flight = take_output(*ends.client);
    const size_t accept_size = flight.size();
    Bytes sealed(1000);
    const std::array<ByteView, 1> parts{as_bytes("early data")};
    const size_t size =
        ends.client->sealer().seal(record::RecordType::kData, parts, sealed).value();
    flight.insert(flight.end(), sealed.begin(), sealed.begin() + static_cast<ptrdiff_t>(size));
    const size_t piece = GENERATE(size_t{1}, SIZE_MAX);
    const auto given = give(*ends.server, flight, piece);
    REQUIRE(given.ok());
    CHECK(*given == accept_size);
    REQUIRE(ends.server->phase() == Phase::kOpen);
    CHECK(ends.server->receive_handshake(flight).value() == 0);
    const auto opened = ends.server->opener().open(MutableByteView(flight).subspan(accept_size));
    REQUIRE(opened.ok());
    REQUIRE(opened->has_value());
    CHECK(as_text((**opened).plaintext) == "early data");
}

TEST_CASE("Both ends use the smaller record size") {
    IdentityOptions small;
    small.settings.max_plaintext = 5000;
    Ends ends(small, {});
    ends.run();
    require_conversation(ends);
    CHECK(ends.client->max_plaintext() == 5000);
    CHECK(ends.server->max_plaintext() == 5000);
}

TEST_CASE("Ends that differ in a setting refuse each other and say which") {
    IdentityOptions other;
    std::string expected;
    SECTION("domain key") {
        other.domain_key = 8;
        expected = "UCX_CRYPTO_DOMAIN_KEY";
    }
    SECTION("job id") {
        other.settings.job_id = "another";
        expected = "UCX_CRYPTO_JOB";
    }
    SECTION("attestation mode") {
        other.mode = attest::Mode::kOff;
        expected = "attestation mode";
    }
    SECTION("attestation mode, both with evidence") {
        other.mode = attest::Mode::kSnp;
        expected = "attestation mode snp, found emulated";
    }
    SECTION("algorithm") {
        other.settings.algorithm = aead::Algorithm::kAes128Gcm;
        expected = "AEAD algorithm aes256, found aes128; set UCX_CRYPTO_ALGORITHM";
    }
    SECTION("server judges") {
        Ends ends({}, other);
        const auto errors = ends.run();
        INFO((errors.server ? errors.server->message() : "no error"));
        CHECK((expected.empty() || contains(errors.server, expected)));
        CHECK(ends.both_open() == expected.empty());
        CHECK(contains(errors.client, expected.empty() ? "" : "the peer refused") ==
              !expected.empty());
    }
}

TEST_CASE("A client that cannot open does not let the server take the connection for open") {
    IdentityOptions both;
    both.settings.algorithm = aead::Algorithm::kAes128Gcm;
    IdentityOptions without = both;
    without.settings.aead = aead::Choice::kSodium;  // which has no AES-128
    Ends ends(without, both);
    const auto errors = ends.run();
    REQUIRE(errors.client);
    CHECK(errors.client->code() == ErrorCode::kUnsupported);
    CHECK(ends.server->phase() != SecureChannel::Phase::kOpen);
}

TEST_CASE("Evidence that does not verify is refused by either end") {
    const bool client_lies = GENERATE(true, false);
    const IdentityOptions liar{.evidence_word = "forged. "};
    Ends ends(client_lies ? liar : IdentityOptions{}, client_lies ? IdentityOptions{} : liar);
    const auto errors = ends.run();
    CHECK(contains(client_lies ? errors.server : errors.client, "evidence is not genuine"));
    CHECK(ends.client->phase() == Phase::kFailed);
    CHECK(ends.server->phase() == Phase::kFailed);
}

TEST_CASE("A client refuses itself as its peer") {
    const auto identity = make_identity();
    const auto channel =
        SecureChannel::create(identity, {Role::kClient, 3, identity->instance_id(3)});
    REQUIRE(!channel.ok());
    CHECK(channel.error().code() == ErrorCode::kInvalidArgument);
}

TEST_CASE("Two interfaces of one process open a channel") {
    const auto identity = make_identity();
    Ends ends(identity, identity);
    ends.run();
    require_conversation(ends);
}

TEST_CASE("A server that is not the one addressed refuses, and tells the peer nothing") {
    Ends ends;
    ends.server = make_channel(ends.server_identity, Role::kServer, Ends::kServerCounter + 1);
    const auto given = give(*ends.server, take_output(*ends.client));
    REQUIRE(!given.ok());
    CHECK(given.error().message().find("expected to be addressed as") != std::string::npos);
    const Bytes alert = take_output(*ends.server);
    CHECK(alert == Bytes(handshake::kAlert.begin(), handshake::kAlert.end()));
    const auto told = give(*ends.client, alert, 1);
    REQUIRE(!told.ok());
    CHECK(told.error().code() == ErrorCode::kRefusedByPeer);
    CHECK(take_output(*ends.client).empty());  // an alert is not answered
}

TEST_CASE("SSLKEYLOGFILE is refused") {
    ::setenv("SSLKEYLOGFILE", "/dev/null", 1);
    const auto identity = Identity::create({});
    ::unsetenv("SSLKEYLOGFILE");
    REQUIRE(!identity.ok());
    CHECK(identity.error().message().find("SSLKEYLOGFILE") != std::string::npos);
}

TEST_CASE("A forked child can neither create nor continue a handshake") {
    Ends ends;
    const Bytes first = take_output(*ends.client);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const bool refused =
            !ends.server->receive_handshake(first).ok() &&
            !SecureChannel::create(ends.server_identity, {Role::kServer, 9, {}}).ok();
        ::_exit(refused ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(give(*ends.server, first).ok());
}

TEST_CASE("Nothing secret is left when channels are gone") {
    const auto identity = make_identity();
    const size_t before = SecretArena::instance().bytes_in_use();
    {
        Ends ends(identity, identity);
        ends.run();
        REQUIRE(ends.both_open());
        CHECK(SecretArena::instance().bytes_in_use() > before);
        Ends abandoned(identity, identity);
        REQUIRE(give(*abandoned.server, take_output(*abandoned.client)).ok());
        REQUIRE(give(*abandoned.client, take_output(*abandoned.server)).ok());
    }
    CHECK(SecretArena::instance().bytes_in_use() == before);
}

}  // namespace ucx_crypto::channel
