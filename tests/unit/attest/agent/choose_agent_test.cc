// Who makes a process's evidence: its node's agent, or the process itself.
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/attest/snp/software_chip.h"
#include "ucx_crypto/attest/create_attestation.h"
#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto::attest::agent {

using Catch::Contains;

namespace {

constexpr char kAllows[] = R"({"allow_emulated": true, "allow_agent": true})";

/// A machine with a device and a place for an agent's socket, and settings whose policy is a text.
class Node {
  public:
    /// Somebody who listens, which is all that choosing asks for.
    void start_agent() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socket.copy(address.sun_path, sizeof address.sun_path - 1);
        agent_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(bind(agent_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                0);
        REQUIRE(listen(agent_.get(), 8) == 0);
    }
    void kill_agent() { agent_.reset(); }

    Result<std::unique_ptr<Attestation>> create(std::string_view policy, Mode mode = Mode::kAuto,
                                                const std::string& agent = "auto") {
        Settings settings = chip.settings(mode);
        settings.policy_path = folder.write("policy.json", policy, 0600);
        settings.agent = agent;
        return create_attestation(settings, chip.machine(log), socket);
    }

    std::string chosen(std::string_view policy, Mode mode = Mode::kAuto,
                       const std::string& agent = "auto") {
        const auto created = create(policy, mode, agent);
        INFO((created.ok() ? "" : created.error().message()));
        REQUIRE(created.ok());
        const bool by_agent = (*created)->identity_purpose() == Binding::Purpose::kAgent;
        CHECK(by_agent == ((*created)->attester() == "node agent " + socket));
        return by_agent ? "agent" : (*created)->attester();
    }

    const TemporaryFolder folder;
    const std::string socket = folder.path("agent.sock");
    const snp::SoftwareChip chip{folder};
    snp::DriverLog log;

  private:
    UniqueFd agent_;
};

}  // namespace

TEST_CASE("agent choice: auto and snp use an agent that is there, where the policy allows it") {
    Node node;
    CHECK(node.chosen(kAllows) == "test device");
    node.start_agent();
    for (const Mode mode : {Mode::kAuto, Mode::kSnp}) {
        CHECK(node.chosen(kAllows, mode) == "agent");
        CHECK(node.chosen(R"({"allow_emulated": true})", mode) == "test device");
        CHECK(node.chosen(R"({"allow_agent": true, "channel_binding": true})", mode) ==
              "test device");
        CHECK(node.chosen(kAllows, mode, "off") == "test device");
        CHECK(node.chosen(kAllows, mode, node.socket) == "agent");
    }
    // Software evidence comes from an agent only where one is named.
    CHECK(node.chosen(kAllows, Mode::kEmulated) == "software SNP");
    CHECK(node.chosen(kAllows, Mode::kEmulated, node.socket) == "agent");
}

TEST_CASE("agent choice: with an agent that is of no use the process does not start") {
    Node node;
    const auto refused = [&node](std::string_view policy, const std::string& agent,
                                 const char* words) {
        const auto created = node.create(policy, Mode::kAuto, agent);
        REQUIRE_FALSE(created.ok());
        CHECK_THAT(created.error().message(), Contains(words));
        return created.error().code();
    };
    // One that is named must be there; one that has ended is not gone round by the device.
    CHECK(refused(kAllows, node.socket, "found none") == ErrorCode::kNotFound);
    node.start_agent();
    CHECK(refused("{}", node.socket, "allow_agent true") == ErrorCode::kRefused);
    CHECK(refused(R"({"allow_agent": true, "channel_binding": true})", node.socket,
                  "without channel_binding") == ErrorCode::kRefused);
    CHECK(refused(kAllows, "on", "expected auto, off or the path") == ErrorCode::kInvalidArgument);
    CHECK(refused(kAllows, "", "expected auto, off or the path") == ErrorCode::kInvalidArgument);
    node.kill_agent();
    CHECK(refused(kAllows, "auto", "found that nobody does") == ErrorCode::kNotFound);
    CHECK(refused(kAllows, node.socket, "found that nobody does") == ErrorCode::kNotFound);
    CHECK(node.log.asked.empty());

    // Nor is an agent that ends between the choice and the question.
    Node other;
    other.start_agent();
    auto created = other.create(kAllows);
    REQUIRE(created.ok());
    other.kill_agent();
    Binding binding;
    binding.purpose = Binding::Purpose::kAgent;
    CHECK((*created)->attest(binding).error().code() == ErrorCode::kNotFound);
    CHECK(other.log.asked.empty());
}

}  // namespace ucx_crypto::attest::agent
