#include "ucx_crypto/attest/attestation.h"

#include "ucx_crypto/attest/agent/socket_client.h"
#include "ucx_crypto/attest/attestation_common.h"
#include "ucx_crypto/attest/create_attestation.h"
#include "ucx_crypto/attest/emulated_attester.h"
#include "ucx_crypto/attest/evidence_attestation.h"
#include "ucx_crypto/attest/registered.h"
#include "ucx_crypto/attest/snp/snp_attester.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::attest {
namespace {

/// Membership by the domain key alone, for clusters without SEV.
class Off final : public AttestationCommon {
  public:
    using AttestationCommon::AttestationCommon;

    Mode mode() const override { return Mode::kOff; }
    Result<Evidence> attest(const Binding&) override { return Evidence{}; }

    Result<Claims> appraise(Mode peer_mode, const Evidence& evidence, const Binding& binding,
                            std::chrono::system_clock::time_point) override {
        UCX_CRYPTO_TRY(check_peer_mode(peer_mode));
        UCX_CRYPTO_TRY(check_domain(binding));
        if (!evidence.report.empty() || !evidence.endorsements.empty()) {
            return Error(ErrorCode::kProtocol,
                         "evidence: expected none in attestation mode off, found " +
                             std::to_string(evidence.report.size()) + " and " +
                             std::to_string(evidence.endorsements.size()) + " bytes");
        }
        return Claims{};
    }
};

/// The socket of the agent that makes this process's evidence; empty where it makes its own. Once
/// chosen, an agent that is of no use ends the process: there is nothing to fall back to.
Result<std::string> agent_of(const Settings& settings, const AppraisalPolicy& policy,
                             const std::string& usual_socket) {
    if (settings.agent == "off") {
        return std::string();
    }
    if (settings.agent != "auto") {
        if (settings.agent.find('/') == std::string::npos) {
            return Error(ErrorCode::kInvalidArgument,
                         "UCX_CRYPTO_AGENT: expected auto, off or the path of a socket, found '" +
                             settings.agent + "'");
        }
        return settings.agent;
    }
    if (settings.mode == Mode::kEmulated || !policy.allow_agent || policy.channel_binding ||
        !agent::is_there(usual_socket)) {
        return std::string();
    }
    return usual_socket;
}

Result<std::unique_ptr<Attestation>> create_by_agent(const std::string& socket, Mode mode,
                                                     AppraisalPolicy policy, DomainKey domain,
                                                     std::vector<snp::Root> roots,
                                                     const std::string& store) {
    auto client = UCX_CRYPTO_TRY(agent::open_agent(socket));
    UCX_CRYPTO_INFO("attestation: %s", client->description().c_str());
    return attestation_by_agent(mode, std::move(policy), std::move(domain), std::move(client),
                                std::move(roots), store);
}

Result<std::unique_ptr<Attestation>> create_emulated(const Settings& settings,
                                                     AppraisalPolicy policy, DomainKey domain,
                                                     const std::string& agent_socket) {
    if (!policy.allow_emulated) {
        return Error(
            ErrorCode::kRefused,
            "UCX_CRYPTO_ATTESTATION=emulated: expected a policy with allow_emulated true, "
            "found " +
                (settings.policy_path.empty() ? "the built-in policy" : settings.policy_path) +
                ", which refuses it; set UCX_CRYPTO_POLICY to one that allows it");
    }
    auto attester = UCX_CRYPTO_TRY(EmulatedAttester::open(settings));
    std::vector<snp::Root> roots{attester->root()};
    if (!agent_socket.empty()) {
        return create_by_agent(agent_socket, Mode::kEmulated, std::move(policy), std::move(domain),
                               std::move(roots), settings.endorsements);
    }
    return attestation_by_evidence(Mode::kEmulated, std::move(policy), std::move(domain),
                                   std::move(attester), std::move(roots));
}

Result<std::unique_ptr<Attestation>> create_off(AppraisalPolicy policy, DomainKey domain) {
    if (domain.key.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "UCX_CRYPTO_ATTESTATION=off: expected a domain key, found none; set "
                     "UCX_CRYPTO_DOMAIN_KEY to a file of 32 random bytes with mode 0600");
    }
    if (policy.needs_evidence()) {
        return Error(ErrorCode::kRefused,
                     "UCX_CRYPTO_ATTESTATION=off: expected a policy that asks for no evidence, "
                     "found one that does; use another mode or another policy");
    }
    return std::unique_ptr<Attestation>(
        std::make_unique<Off>(std::move(policy), std::move(domain)));
}

Result<std::unique_ptr<Attestation>> create_snp(const Settings& settings,
                                                const std::vector<snp::Candidate>& candidates,
                                                AppraisalPolicy policy, DomainKey domain,
                                                const std::string& agent_socket) {
    if (!agent_socket.empty()) {
        return create_by_agent(agent_socket, Mode::kSnp, std::move(policy), std::move(domain),
                               snp::amd_roots(), settings.endorsements);
    }
    auto chosen = snp::choose_source(candidates);
    if (!chosen.ok()) {
        return std::move(chosen).error().in("UCX_CRYPTO_ATTESTATION=" +
                                            std::string(to_string(settings.mode)));
    }
    UCX_CRYPTO_INFO("attestation: %s", chosen->description.c_str());
    if (chosen->source->by_paravisor() && !policy.allow_paravisor) {
        return Error(ErrorCode::kRefused,
                     chosen->description +
                         ": expected a policy with allow_paravisor true, found one that refuses "
                         "its evidence; set UCX_CRYPTO_POLICY to one that accepts it on all hosts");
    }
    return attestation_by_evidence(
        Mode::kSnp, std::move(policy), std::move(domain),
        std::make_unique<snp::SnpAttester>(std::move(chosen->source), chosen->description,
                                           settings.endorsements),
        snp::amd_roots(), settings.endorsements);
}

Result<std::unique_ptr<Attestation>> create_checked(const Settings& settings,
                                                    const std::vector<snp::Candidate>& candidates,
                                                    const std::string& usual_agent_socket) {
    AppraisalPolicy policy =
        UCX_CRYPTO_TRY(settings.policy_text.empty()
                           ? AppraisalPolicy::load(settings.policy_path)
                           : AppraisalPolicy::parse(settings.policy_text, settings.policy_path));
    DomainKey domain;
    if (!settings.domain_key_path.empty()) {
        domain = UCX_CRYPTO_TRY(load_domain_key(settings.domain_key_path));
    }
    if (settings.mode == Mode::kOff) {
        return create_off(std::move(policy), std::move(domain));
    }
    if (settings.mode == Mode::kRegistered) {
        return attestation_by_registration(std::move(policy), std::move(domain),
                                           settings.registrations);
    }
    const std::string socket = UCX_CRYPTO_TRY(agent_of(settings, policy, usual_agent_socket));
    if (settings.mode == Mode::kEmulated) {
        return create_emulated(settings, std::move(policy), std::move(domain), socket);
    }
    return create_snp(settings, candidates, std::move(policy), std::move(domain), socket);
}

}  // namespace

Result<std::unique_ptr<Attestation>> create_attestation(
    const Settings& settings, const std::vector<snp::Candidate>& candidates,
    const std::string& agent_socket) {
    try {
        return create_checked(settings, candidates, agent_socket);
    } catch (const std::exception& failure) {
        return Error(ErrorCode::kInternal, std::string("attestation: ") + failure.what());
    }
}

Result<std::unique_ptr<Attestation>> Attestation::create(const Settings& settings) {
    return create_attestation(settings, snp::candidates_of_this_machine());
}

}  // namespace ucx_crypto::attest
