// Mode snp from the guest device to an open channel, with a chip that only this test trusts.
#include "software_machine.h"
#include "ucx_crypto/attest/agent/attest_together.h"
#include "ucx_crypto/attest/create_attestation.h"

namespace ucx_crypto::channel {
namespace {

using attest::Mode;

/// The agent of a node, without its socket: the report is also for another process, of user 4711.
class NodeAgent final : public attest::agent::AgentClient {
  public:
    explicit NodeAgent(std::unique_ptr<attest::snp::ReportSource> source)
        : attester_(std::move(source), "test") {}

    Result<attest::Evidence> attest(Mode mode, const attest::Digest& spki_hash,
                                    const attest::Digest& domain_id) override {
        auto all = UCX_CRYPTO_TRY(attest::agent::attest_together(
            mode, attester_, {{4711, domain_id, {}}, {1000, domain_id, spki_hash}}));
        return stolen ? std::move(all[0]) : std::move(all[1]);
    }
    std::string description() const override { return "agent of the test"; }

    bool stolen = false;  ///< whether a process shows what the other one was given

  private:
    attest::snp::SnpAttester attester_;
};

/// A process whose evidence its node's agent makes, and that trusts the chip's root.
std::shared_ptr<Identity> with_agent(const attest::snp::SoftwareChip& chip,
                                     attest::snp::DriverLog& log, bool stolen = false) {
    attest::AppraisalPolicy policy;
    policy.allow_agent = true;
    auto domain = attest::load_domain_key(chip.settings(Mode::kSnp).domain_key_path);
    REQUIRE(domain.ok());
    auto agent = std::make_unique<NodeAgent>(chip.machine(log)[0].open().value());
    agent->stolen = stolen;
    auto attestation = attest::attestation_by_agent(Mode::kSnp, policy, std::move(domain).value(),
                                                    std::move(agent), {chip.as_trusted_root()});
    REQUIRE(attestation.ok());
    return identity_of(std::move(attestation).value());
}

/// The same as the shipped code has it: every setting given, AMD's roots.
std::shared_ptr<Identity> shipped(const attest::snp::SoftwareChip& chip,
                                  attest::snp::DriverLog& log) {
    auto attestation = attest::create_attestation(chip.settings(Mode::kSnp), chip.machine(log));
    REQUIRE(attestation.ok());
    return identity_of(std::move(attestation).value());
}

}  // namespace

TEST_CASE("Two ends with reports of the guest device open a channel") {
    const TemporaryFolder folder;
    const attest::snp::SoftwareChip chip(folder);
    const bool per_connection = GENERATE(false, true);
    attest::snp::DriverLog log;
    const auto client = trusting(chip, log, per_connection);
    const auto server = trusting(chip, log, per_connection);
    Ends ends(client, server);
    const auto errors = ends.run();
    INFO((errors.client ? errors.client->message() : "") +
         (errors.server ? errors.server->message() : ""));
    REQUIRE(!errors.client);
    REQUIRE(!errors.server);
    require_conversation(ends);
    for (const SecureChannel* end : {ends.client.get(), ends.server.get()}) {
        CHECK(end->peer_claims().mode == Mode::kSnp);
        CHECK_FALSE(end->peer_claims().emulated);
        CHECK(end->peer_claims().product == "Milan");
    }
    CHECK(log.asked.size() == 2);
    CHECK(log.asked[0].request != log.asked[1].request);

    // A second connection takes reports only where the policy wants one for each.
    Ends again(client, server);
    again.run();
    require_conversation(again);
    CHECK(log.asked.size() == (per_connection ? 4 : 2));
}

TEST_CASE("Two ends with evidence of their nodes' agents open a channel and know its user") {
    const TemporaryFolder folder;
    const attest::snp::SoftwareChip chip(folder);
    attest::snp::DriverLog log;
    Ends ends(with_agent(chip, log), with_agent(chip, log));
    const auto errors = ends.run();
    INFO((errors.client ? errors.client->message() : "") +
         (errors.server ? errors.server->message() : ""));
    REQUIRE(!errors.client);
    REQUIRE(!errors.server);
    require_conversation(ends);
    CHECK(ends.client->peer_claims().agent_uid == 1000U);
    CHECK(ends.server->peer_claims().agent_uid == 1000U);
}

TEST_CASE("An end whose policy allows no agent refuses an agent's evidence") {
    const TemporaryFolder folder;
    const attest::snp::SoftwareChip chip(folder);
    attest::snp::DriverLog log;
    const bool per_connection = GENERATE(false, true);
    const bool strict_client = GENERATE(false, true);
    const auto strict = trusting(chip, log, per_connection);
    const auto other = with_agent(chip, log);
    Ends ends(strict_client ? strict : other, strict_client ? other : strict);
    const auto errors = ends.run();
    const auto& refusal = strict_client ? errors.client : errors.server;
    REQUIRE(refusal);
    CHECK(refusal->code() == ErrorCode::kRefused);
    CHECK_FALSE(ends.both_open());
}

TEST_CASE("An end that shows what an agent gave another process is refused") {
    const TemporaryFolder folder;
    const attest::snp::SoftwareChip chip(folder);
    attest::snp::DriverLog log;
    const bool thief_is_client = GENERATE(false, true);
    const auto thief = with_agent(chip, log, true);
    const auto honest = with_agent(chip, log);
    Ends ends(thief_is_client ? thief : honest, thief_is_client ? honest : thief);
    const auto errors = ends.run();
    const auto& refusal = thief_is_client ? errors.server : errors.client;
    REQUIRE(refusal);
    CHECK(refusal->code() == ErrorCode::kAuthentication);
    CHECK_FALSE(ends.both_open());
}

TEST_CASE("A chip that AMD's roots do not know opens no channel with shipped code") {
    const TemporaryFolder folder;
    const attest::snp::SoftwareChip chip(folder);
    attest::snp::DriverLog log;
    const bool client_is_shipped = GENERATE(true, false);
    Ends ends(client_is_shipped ? shipped(chip, log) : trusting(chip, log),
              client_is_shipped ? trusting(chip, log) : shipped(chip, log));
    const auto errors = ends.run();
    const auto& refusal = client_is_shipped ? errors.client : errors.server;
    REQUIRE(refusal);
    CHECK(refusal->message().find("expected a trusted key") != std::string::npos);
    CHECK_FALSE(ends.both_open());
}

}  // namespace ucx_crypto::channel
