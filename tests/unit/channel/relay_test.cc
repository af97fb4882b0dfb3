// Somebody else holds a process's private key, its evidence and even the domain key: what the
// default mode takes him for, and that channel binding stops him.
#include "software_machine.h"

namespace ucx_crypto::channel {
namespace {

using attest::Binding;
using attest::Mode;
using handshake::Handshake;

/// The thief's attestation: shows what it has got hold of, trusts everybody, keeps what it sees.
class StolenEvidence final : public attest::Attestation {
  public:
    StolenEvidence(const attest::Attestation& of, attest::Evidence shown, bool as_channel)
        : of_(of), shown_(std::move(shown)), as_channel_(as_channel) {}

    Mode mode() const override { return of_.mode(); }
    attest::Digest policy_digest() const override { return of_.policy_digest(); }
    attest::Digest domain_id() const override { return of_.domain_id(); }
    bool requires_channel_binding() const override { return as_channel_; }
    const SecretBytes* domain_key() const override { return of_.domain_key(); }
    Result<attest::Evidence> attest(const Binding&) override { return shown_; }
    Result<attest::Claims> appraise(Mode, const attest::Evidence& evidence, const Binding&,
                                    std::chrono::system_clock::time_point) override {
        seen = evidence;
        return attest::Claims{};
    }

    attest::Evidence seen;

  private:
    const attest::Attestation& of_;
    const attest::Evidence shown_;
    const bool as_channel_;
};

/// What `process` holds, with `attestation` in the place of its own.
handshake::Local stolen(const ProcessIdentity& process, StolenEvidence& attestation,
                        const attest::Evidence& identity_evidence) {
    const handshake::Local& own = process.local();
    return {own.certificate, own.tls,  own.keys,      attestation,      identity_evidence,
            own.job_id,      own.rank, own.algorithm, own.max_plaintext};
}

/// A handshake between the thief and a process that knows nothing of it.
struct Meeting {
    std::unique_ptr<Handshake> thief;
    std::unique_ptr<SecureChannel> other;
    std::optional<Error> refusal;  ///< by the other

    static constexpr uint32_t kThiefCounter = 3;
    static constexpr uint32_t kOtherCounter = 4;

    /// `as`: whose address the other has connected to, or been called from.
    Meeting(const handshake::Local& local, const ProcessIdentity& as,
            const std::shared_ptr<ProcessIdentity>& with, Role role_of_thief) {
        const bool calls = role_of_thief == Role::kClient;
        auto made =
            Handshake::create(local, calls ? handshake::Role::kClient : handshake::Role::kServer,
                              kThiefCounter, with->instance_id(kOtherCounter));
        REQUIRE(made.ok());
        thief = std::move(made).value();
        other = make_channel(with, calls ? Role::kServer : Role::kClient, kOtherCounter,
                             as.instance_id(kThiefCounter));
        for (bool moved = true; moved;) {
            const Bytes from_thief = to_bytes(thief->output());
            thief->sent(from_thief.size());
            if (const auto given = give(*other, from_thief); !given.ok() && !refusal) {
                refusal = given.error();
            }
            const Bytes from_other = take_output(*other);
            const auto given = thief->receive(from_other);
            moved = (!from_thief.empty() || !from_other.empty()) && given.ok();
        }
    }

    bool open() const {
        return other->phase() == SecureChannel::Phase::kOpen &&
               thief->state() == Handshake::State::kOpen;
    }
};

/// Evidence that `victim` makes for a connection with a member that the thief plays, too.
attest::Evidence lured_from(const std::shared_ptr<ProcessIdentity>& victim,
                            const ProcessIdentity& member, Role role_of_thief) {
    StolenEvidence attestation(member.local().attestation, member.local().identity_evidence, true);
    const attest::Evidence& unused = member.local().identity_evidence;
    const handshake::Local local = stolen(member, attestation, unused);
    const Meeting meeting(local, member, victim, role_of_thief);
    return attestation.seen;
}

}  // namespace

TEST_CASE(
    "Without channel binding a thief of the key is taken for the process it was stolen from") {
    const TemporaryFolder folder;
    const attest::snp::SoftwareChip chip(folder);
    attest::snp::DriverLog log;
    const Role role = GENERATE(Role::kClient, Role::kServer);
    const auto victim = trusting(chip, log);
    const auto other = trusting(chip, log);
    const attest::Evidence& evidence = victim->local().identity_evidence;
    StolenEvidence attestation(victim->local().attestation, evidence, false);
    const handshake::Local local = stolen(*victim, attestation, evidence);
    const Meeting meeting(local, *victim, other, role);
    INFO((meeting.refusal ? meeting.refusal->message() : ""));
    CHECK(meeting.open());
    CHECK(meeting.other->peer_instance() == victim->instance_id(Meeting::kThiefCounter));
}

TEST_CASE("Channel binding stops a relay by someone who holds a leaked process key") {
    const TemporaryFolder folder;
    const attest::snp::SoftwareChip chip(folder);
    attest::snp::DriverLog log;
    const Role role = GENERATE(Role::kClient, Role::kServer);
    const auto victim = trusting(chip, log, true);
    const auto other = trusting(chip, log, true);
    const auto member = trusting(chip, log, true);
    const auto refusal_of = [&](const attest::Evidence& shown, bool as_channel) {
        StolenEvidence attestation(victim->local().attestation, shown, as_channel);
        const handshake::Local local = stolen(*victim, attestation, shown);
        const Meeting meeting(local, *victim, other, role);
        CHECK_FALSE(meeting.open());
        REQUIRE(meeting.refusal);
        return meeting.refusal->message();
    };
    using Catch::Contains;

    SECTION("identity evidence is not enough, whatever it is called") {
        Binding binding;
        binding.spki_hash = victim->local().certificate.spki_hash();
        binding.domain_id = victim->local().attestation.domain_id();
        const auto identity = victim->local().attestation.attest(binding);
        REQUIRE(identity.ok());
        CHECK_THAT(refusal_of(*identity, false), Contains("evidence for this very connection"));
        CHECK_THAT(refusal_of(*identity, true), Contains("REPORT_DATA"));
    }
    SECTION("evidence that the process makes for another connection is none for this one") {
        // Only a client's evidence comes before it has seen ours: a server gives none away.
        const attest::Evidence lured = lured_from(victim, *member, Role::kServer);
        REQUIRE_FALSE(lured.report.empty());
        CHECK_THAT(refusal_of(lured, true), Contains("REPORT_DATA"));
    }
    SECTION("nor is evidence of an earlier connection between the same two") {
        const attest::Evidence earlier = lured_from(victim, *other, Role::kServer);
        REQUIRE_FALSE(earlier.report.empty());
        CHECK_THAT(refusal_of(earlier, true), Contains("REPORT_DATA"));
    }
    SECTION("a server shows evidence to nobody who has none of this connection") {
        CHECK(lured_from(victim, *member, Role::kClient).report.empty());
    }
}

}  // namespace ucx_crypto::channel
