// What a server refuses of a member: a client with the job's keys and a TLS session of its own,
// which says whatever a test wants.
#include <catch2/catch.hpp>

#include "ucx_crypto/handshake/handshake.h"

namespace ucx_crypto::handshake {
namespace {

constexpr uint32_t kServerCounter = 5;

/// Mode off: membership alone.
class NoEvidence final : public attest::Attestation {
  public:
    attest::Mode mode() const override { return attest::Mode::kOff; }
    attest::Digest policy_digest() const override { return {}; }
    attest::Digest domain_id() const override { return {}; }
    bool requires_channel_binding() const override { return false; }
    const SecretBytes* domain_key() const override { return nullptr; }
    Result<attest::Evidence> attest(const attest::Binding&) override { return attest::Evidence{}; }
    Result<attest::Claims> appraise(attest::Mode, const attest::Evidence&, const attest::Binding&,
                                    std::chrono::system_clock::time_point) override {
        return attest::Claims{};
    }
};

struct Server {
    Certificate certificate = Certificate::create().value();
    TlsContext tls = TlsContext::create(certificate).value();
    JobKeys keys = derive_job_keys(nullptr, "job").value();
    NoEvidence attestation;
    attest::Evidence evidence;
    Local local{certificate, tls, keys, attestation, evidence, "job", 0, 2, 65536};
    InstanceId id = instance_id(certificate.spki_hash(), kServerCounter).value();
    std::unique_ptr<Handshake> handshake =
        Handshake::create(local, Role::kServer, kServerCounter, {}).value();
};

/// Has ended TLS with a server, and nothing more.
class Member {
  public:
    explicit Member(Server& server) : server_(*server.handshake) {
        Hello hello;
        hello.own = instance_id(certificate_.spki_hash(), 1).value();
        hello.peer = server.id;
        hello.interface_counter = 1;
        own_hello_ = encode(hello, keys_.hello_key).value();
        REQUIRE(give(own_hello_).ok());
        const ByteView answer = server_.output();
        REQUIRE(answer.size() == kHelloSize);
        std::copy(answer.begin(), answer.end(), server_hello_.begin());
        server_.sent(kHelloSize);
        bool done = session_.handshake().value();
        for (int round = 0; round < 4 && !done; ++round) {
            REQUIRE(give(output()).ok());
            take_records([&] { done = session_.handshake().value(); });
        }
        REQUIRE(done);
        REQUIRE(give(output()).ok());
        REQUIRE(server_.state() == Handshake::State::kWaitConfirm);
        server_spki_hash_ = session_.peer_spki_hash().value();
        exporter_ = session_.exporter().value();
    }

    /// A CONFIRM that is right.
    Confirm confirm() const {
        Confirm message;
        message.mode = attest::Mode::kOff;
        message.algorithm = 2;
        message.max_plaintext = 65536;
        message.job_id = "job";
        message.membership =
            membership_proof(keys_, exporter_, Role::kClient, transcript()).value();
        return message;
    }

    /// Says `message` in one TLS record and returns what the server makes of it.
    Result<size_t> say(ByteView message) {
        REQUIRE(session_.write(message).ok());
        return give(output());
    }

    /// The ACCEPT that answers the server's last flight, after `own_confirm`.
    Accept accept(ByteView own_confirm) {
        Bytes flight;
        take_records([&] {
            Bytes part(4096);
            part.resize(session_.read(part).value());
            flight.insert(flight.end(), part.begin(), part.end());
        });
        REQUIRE(flight.size() > kMessageHeaderSize + kAcceptSize);
        const ByteView server_confirm =
            ByteView(flight).first(flight.size() - kMessageHeaderSize - kAcceptSize);
        const Hash hash = transcript_hash(transcript(), own_confirm, server_confirm).value();
        return accept_proofs(keys_, exporter_, Role::kClient, hash).value();
    }

  private:
    TlsTranscript transcript() const {
        return {own_hello_, server_hello_, certificate_.spki_hash(), server_spki_hash_};
    }

    Result<size_t> give(ByteView bytes) { return server_.receive(bytes); }

    Bytes output() {
        Bytes bytes;
        REQUIRE(session_.take_output(bytes).ok());
        return bytes;
    }

    /// Gives each record that the server has sent to `take`, fed.
    template <typename Take>
    void take_records(Take take) {
        const Bytes bytes = to_bytes(server_.output());
        server_.sent(bytes.size());
        for (ByteView rest = bytes; !rest.empty();) {
            const size_t size = tls_record_size(rest).value();
            REQUIRE(session_.feed(rest.first(size)).ok());
            take();
            rest = rest.subspan(size);
        }
    }

    Handshake& server_;
    Certificate certificate_ = Certificate::create().value();
    TlsContext tls_ = TlsContext::create(certificate_).value();
    TlsSession session_ = TlsSession::create(tls_, Role::kClient).value();
    JobKeys keys_ = derive_job_keys(nullptr, "job").value();
    HelloBytes own_hello_{};
    HelloBytes server_hello_{};
    attest::Digest server_spki_hash_{};
    SecretBytes exporter_;
};

Bytes operator+(const Bytes& left, const Bytes& right) {
    Bytes all = left;
    all.insert(all.end(), right.begin(), right.end());
    return all;
}

void check_refused(const Server& server, const Result<size_t>& answer, ErrorCode code,
                   const char* words) {
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code() == code);
    CHECK_THAT(answer.error().message(), Catch::Contains(words));
    CHECK(server.handshake->state() == Handshake::State::kFailed);
    CHECK_FALSE(server.handshake->peer_verified());
}

}  // namespace

TEST_CASE("A member that says what is right is let in, in however many pieces") {
    Server server;
    Member member(server);
    const Bytes confirm = encode(member.confirm()).value();
    REQUIRE(member.say(ByteView(confirm).first(3)).ok());
    CHECK(server.handshake->state() == Handshake::State::kWaitConfirm);
    REQUIRE(member.say(ByteView(confirm).subspan(3, 50)).ok());
    REQUIRE(member.say(ByteView(confirm).subspan(53)).ok());
    CHECK(server.handshake->state() == Handshake::State::kWaitAccept);
    REQUIRE(member.say(encode(member.accept(confirm)).value()).ok());
    CHECK(server.handshake->state() == Handshake::State::kOpen);
}

TEST_CASE("A member with other settings is refused, and the message says which") {
    struct Case {
        void (*change)(Confirm&);
        ErrorCode code;
        const char* words;
    };
    const Case cases[] = {
        {[](Confirm& confirm) { confirm.membership[0] ^= 1; }, ErrorCode::kAuthentication,
         "domain key"},
        {[](Confirm& confirm) {
             confirm.mode = attest::Mode::kEmulated;
             confirm.evidence_purpose = 1;
             confirm.evidence.report = {1};
         },
         ErrorCode::kRefused, "attestation mode off, found emulated"},
        {[](Confirm& confirm) { confirm.job_id = "another job"; }, ErrorCode::kAuthentication,
         "job id"},
        {[](Confirm& confirm) { confirm.algorithm = 1; }, ErrorCode::kRefused,
         "AEAD algorithm number 2, found number 1"},
        {[](Confirm& confirm) { confirm.max_plaintext = kMinMaxPlaintext - 1; },
         ErrorCode::kProtocol, "found 1023"},
        {[](Confirm& confirm) { confirm.max_plaintext = kMaxMaxPlaintext + 1; },
         ErrorCode::kProtocol, "found 1048577"},
    };
    for (const Case& each : cases) {
        INFO(each.words);
        Server server;
        Member member(server);
        Confirm confirm = member.confirm();
        each.change(confirm);
        check_refused(server, member.say(encode(confirm).value()), each.code, each.words);
    }
}

TEST_CASE("A member that proves another transcript, or no domain key, is not let in") {
    const bool transcript = GENERATE(true, false);
    Server server;
    Member member(server);
    const Bytes confirm = encode(member.confirm()).value();
    REQUIRE(member.say(confirm).ok());
    Accept accept = member.accept(confirm);
    (transcript ? accept.transcript_mac : accept.domain_proof)[kHashSize - 1] ^= 1;
    check_refused(server, member.say(encode(accept).value()), ErrorCode::kAuthentication,
                  transcript ? "the same transcript" : "the domain key");
}

TEST_CASE("A member that says more, or something else, than its turn allows is refused") {
    Server server;
    Member member(server);
    const Bytes confirm = encode(member.confirm()).value();
    SECTION("more behind CONFIRM") {
        check_refused(server, member.say(confirm + Bytes{0}), ErrorCode::kProtocol,
                      "nothing after the peer's CONFIRM");
    }
    SECTION("ACCEPT before CONFIRM") {
        check_refused(server, member.say(encode(Accept{}).value()), ErrorCode::kProtocol,
                      "expected CONFIRM, found a message of type 2");
    }
    SECTION("a length that no CONFIRM has") {
        check_refused(server, member.say(Bytes{1, 0, 1, 0, 0}), ErrorCode::kProtocol,
                      "found 65536");
    }
    SECTION("more behind ACCEPT") {
        REQUIRE(member.say(confirm).ok());
        const Bytes accept = encode(member.accept(confirm)).value();
        check_refused(server, member.say(accept + Bytes{0}), ErrorCode::kProtocol,
                      "nothing after the peer's ACCEPT");
    }
    SECTION("CONFIRM again") {
        REQUIRE(member.say(confirm).ok());
        check_refused(server, member.say(confirm), ErrorCode::kProtocol,
                      "expected ACCEPT, found a message of type 1");
    }
}

}  // namespace ucx_crypto::handshake
