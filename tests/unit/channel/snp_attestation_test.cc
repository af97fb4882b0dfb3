// Mode snp from the guest device to an open channel, with a chip that only this test trusts.
#include "software_machine.h"
#include "ucx_crypto/attest/create_attestation.h"

namespace ucx_crypto::channel {
namespace {

using attest::Mode;

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
