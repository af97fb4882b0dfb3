// What an agent's evidence is bound to, with a platform that the test trusts.
#include "ucx_crypto/attest/agent/agent_evidence.h"

#include <catch2/catch.hpp>

#include "tests/unit/attest/agent/fake_attester.h"
#include "tests/unit/attest/software_chain.h"
#include "ucx_crypto/attest/agent/attest_together.h"
#include "ucx_crypto/attest/evidence_attestation.h"

namespace ucx_crypto::attest::agent {

namespace {

constexpr auto kAgent = Binding::Purpose::kAgent;
constexpr auto kIdentity = Binding::Purpose::kIdentity;
constexpr auto kChannel = Binding::Purpose::kChannel;

Digest digest_of(uint8_t byte) {
    Digest digest{};
    digest.fill(byte);
    return digest;
}

/// Reports that are genuine to whoever trusts `chain`.
class ChainAttester final : public Attester {
  public:
    explicit ChainAttester(const SoftwareChain& chain) : chain_(chain) {}
    Result<Evidence> attest(const ReportData& data) override {
        auto report = chain_.report();
        report.report_data = data;
        return chain_.sign(report);
    }
    std::string description() const override { return "test"; }

  private:
    const SoftwareChain& chain_;
};

/// An agent without a socket: it vouches for user 1000, alone in its tree.
class DirectClient final : public AgentClient {
  public:
    explicit DirectClient(const SoftwareChain& chain) : attester_(chain) {}
    Result<Evidence> attest(Mode mode, const Digest& spki_hash, const Digest& domain_id) override {
        auto all = UCX_CRYPTO_TRY(attest_together(mode, attester_, {{1000, domain_id, spki_hash}}));
        return std::move(all.front());
    }
    std::string description() const override { return "agent of the test"; }

  private:
    ChainAttester attester_;
};

AppraisalPolicy accepting_agents() {
    AppraisalPolicy policy;
    policy.allow_emulated = true;  // the chain is in software
    policy.domain_key_required = false;
    policy.allow_agent = true;
    return policy;
}

std::unique_ptr<Attestation> peer_of(const SoftwareChain& chain, const AppraisalPolicy& policy) {
    auto attestation = attestation_by_evidence(
        Mode::kSnp, policy, {}, std::make_unique<ChainAttester>(chain), {chain.root()});
    REQUIRE(attestation.ok());
    return std::move(attestation).value();
}

Binding binding_of(Binding::Purpose purpose, uint8_t spki) {
    Binding binding;
    binding.purpose = purpose;
    binding.spki_hash = digest_of(spki);
    return binding;
}

/// Evidence of an agent for users 1000, 1001, ... with SPKI hashes 0, 1, ...
std::vector<Evidence> vouch(const SoftwareChain& chain, uint8_t count) {
    std::vector<Identity> identities;
    for (uint8_t i = 0; i < count; ++i) {
        identities.push_back({1000U + i, {}, digest_of(i)});
    }
    ChainAttester attester(chain);
    auto all = attest_together(Mode::kSnp, attester, identities);
    REQUIRE(all.ok());
    return std::move(all).value();
}

Evidence altered(const Evidence& evidence, const std::function<void(AgentEvidence&)>& change) {
    auto shared = decode_agent_evidence(evidence.report);
    REQUIRE(shared.ok());
    change(*shared);
    return {encode(*shared), evidence.endorsements};
}

}  // namespace

TEST_CASE("agent evidence: one report serves every process of a node") {
    const SoftwareChain chain;
    const auto peer = peer_of(chain, accepting_agents());
    const auto all = vouch(chain, 5);
    for (uint8_t i = 0; i < 5; ++i) {
        const auto claims = peer->appraise(Mode::kSnp, all[i], binding_of(kAgent, i), kSoftwareNow);
        INFO((claims.ok() ? "" : claims.error().message()));
        REQUIRE(claims.ok());
        CHECK(claims->agent_uid == 1000U + i);
        CHECK(decode_agent_evidence(all[i].report)->report ==
              decode_agent_evidence(all[0].report)->report);
    }
}

TEST_CASE("agent evidence: it is bound to key, domain, user, place and purpose") {
    const SoftwareChain chain;
    const auto peer = peer_of(chain, accepting_agents());
    const auto all = vouch(chain, 6);
    const auto refused = [&](const Evidence& evidence, const Binding& binding) {
        const auto claims = peer->appraise(Mode::kSnp, evidence, binding, kSoftwareNow);
        REQUIRE_FALSE(claims.ok());
        CHECK(claims.error().code() == ErrorCode::kAuthentication);
        return true;
    };
    const Evidence& own = all[2];
    REQUIRE(peer->appraise(Mode::kSnp, own, binding_of(kAgent, 2), kSoftwareNow).ok());

    CHECK(refused(own, binding_of(kAgent, 3)));   // a fresh key, or that of another process
    CHECK(refused(own, binding_of(kAgent, 77)));  // one that nobody asked for
    Binding elsewhere = binding_of(kAgent, 2);
    elsewhere.domain_id[0] ^= 1;
    CHECK(refused(own, elsewhere));
    // Another user, another place, another size, somebody else's way to the root.
    CHECK(refused(altered(own, [](AgentEvidence& e) { e.uid = 1003; }), binding_of(kAgent, 2)));
    CHECK(refused(altered(own, [](AgentEvidence& e) { e.uid = 0; }), binding_of(kAgent, 2)));
    CHECK(refused(altered(own, [](AgentEvidence& e) { e.index ^= 1; }), binding_of(kAgent, 2)));
    CHECK(refused(altered(own, [](AgentEvidence& e) { ++e.tree_size; }), binding_of(kAgent, 2)));
    CHECK(
        refused(altered(own, [](AgentEvidence& e) { e.path.pop_back(); }), binding_of(kAgent, 2)));
    const auto way = decode_agent_evidence(all[3].report)->path;
    CHECK(refused(altered(own, [&](AgentEvidence& e) { e.path = way; }), binding_of(kAgent, 2)));
    // An earlier report of the same node.
    const auto earlier = decode_agent_evidence(vouch(chain, 1)[0].report)->report;
    CHECK(refused(altered(own, [&](AgentEvidence& e) { e.report = earlier; }),
                  binding_of(kAgent, 2)));
}

TEST_CASE("agent evidence: no report passes for one of another purpose") {
    const SoftwareChain chain;
    const auto peer = peer_of(chain, accepting_agents());
    const Evidence shared = vouch(chain, 1)[0];
    const Evidence bare{decode_agent_evidence(shared.report)->report, shared.endorsements};
    const auto own = peer->attest(binding_of(kIdentity, 0));
    REQUIRE(own.ok());
    const Evidence dressed{encode(AgentEvidence{1000, 0, 1, {}, own->report}), own->endorsements};
    for (const auto& [evidence, purpose] :
         {std::pair(bare, kIdentity), std::pair(bare, kChannel), std::pair(bare, kAgent),
          std::pair(shared, kIdentity), std::pair(shared, kChannel), std::pair(dressed, kAgent),
          std::pair(*own, kAgent)}) {
        const auto claims =
            peer->appraise(Mode::kSnp, evidence, binding_of(purpose, 0), kSoftwareNow);
        REQUIRE_FALSE(claims.ok());
        CHECK(claims.error().code() == ErrorCode::kAuthentication);
    }
    CHECK(peer->appraise(Mode::kSnp, shared, binding_of(kAgent, 0), kSoftwareNow).ok());
    CHECK(peer->appraise(Mode::kSnp, *own, binding_of(kIdentity, 0), kSoftwareNow).ok());
}

TEST_CASE("agent evidence: an emulated tree is none of a real platform") {
    const Digest root = digest_of(1);
    CHECK(agent_report_data(Mode::kSnp, 4, root) != agent_report_data(Mode::kEmulated, 4, root));
    CHECK(agent_report_data(Mode::kSnp, 4, root) != agent_report_data(Mode::kSnp, 5, root));
    CHECK(agent_report_data(Mode::kSnp, 4, root) != agent_report_data(Mode::kSnp, 4, digest_of(2)));
}

TEST_CASE("agent evidence: a policy must allow it, and may name its users") {
    const SoftwareChain chain;
    const Evidence evidence = vouch(chain, 2)[1];
    const auto decide = [&](const AppraisalPolicy& policy) {
        return peer_of(chain, policy)
            ->appraise(Mode::kSnp, evidence, binding_of(kAgent, 1), kSoftwareNow);
    };
    const auto refused_by = [&](const AppraisalPolicy& policy, const char* key) {
        const auto claims = decide(policy);
        REQUIRE_FALSE(claims.ok());
        CHECK(claims.error().code() == ErrorCode::kRefused);
        CHECK_THAT(claims.error().message(), Catch::Contains(key));
        return true;
    };
    AppraisalPolicy policy = accepting_agents();
    CHECK(decide(policy).ok());
    policy.agent_uids = {7, 1001};
    CHECK(decide(policy).ok());
    policy.agent_uids = {7, 1000};
    CHECK(refused_by(policy, "'agent_uids'"));
    policy = accepting_agents();
    policy.allow_agent = false;
    CHECK(refused_by(policy, "'allow_agent'"));
    policy = accepting_agents();
    policy.channel_binding = true;
    CHECK(refused_by(policy, "'channel_binding'"));
}

TEST_CASE("agent evidence: a process with an agent asks it for nothing else") {
    const SoftwareChain chain;
    const auto create = [&](const AppraisalPolicy& policy) {
        return attestation_by_agent(Mode::kSnp, policy, {}, std::make_unique<DirectClient>(chain),
                                    {chain.root()});
    };
    auto attestation = create(accepting_agents());
    REQUIRE(attestation.ok());
    CHECK((*attestation)->identity_purpose() == kAgent);
    CHECK((*attestation)->attester() == "agent of the test");
    const auto evidence = (*attestation)->attest(binding_of(kAgent, 4));
    REQUIRE(evidence.ok());
    CHECK(
        (*attestation)->appraise(Mode::kSnp, *evidence, binding_of(kAgent, 4), kSoftwareNow).ok());
    CHECK_FALSE((*attestation)->attest(binding_of(kIdentity, 4)).ok());
    CHECK_FALSE((*attestation)->attest(binding_of(kChannel, 4)).ok());

    // Peers of one job have one policy: what it refuses is not made.
    AppraisalPolicy policy = accepting_agents();
    policy.channel_binding = true;
    CHECK(create(policy).error().code() == ErrorCode::kRefused);
    policy = accepting_agents();
    policy.allow_agent = false;
    CHECK(create(policy).error().code() == ErrorCode::kRefused);
    policy = accepting_agents();
    policy.domain_key_required = true;
    CHECK(create(policy).error().code() == ErrorCode::kInvalidArgument);
    // And nobody makes agent evidence without an agent.
    CHECK_FALSE(peer_of(chain, accepting_agents())->attest(binding_of(kAgent, 4)).ok());
}

TEST_CASE("agent evidence: what is cut, longer or out of bounds is refused") {
    const SoftwareChain chain;
    const Bytes whole = vouch(chain, 5)[3].report;
    REQUIRE(decode_agent_evidence(whole).ok());
    for (size_t size = 0; size < whole.size(); ++size) {
        CHECK_FALSE(decode_agent_evidence(ByteView(whole).first(size)).ok());
    }
    Bytes longer = whole;
    longer.push_back(0);
    CHECK_FALSE(decode_agent_evidence(longer).ok());
    Bytes many = whole;
    many[12] = kMaxPathLength + 1;
    CHECK(decode_agent_evidence(many).error().code() == ErrorCode::kAuthentication);
    const AgentEvidence most{1, kMaxTreeSize - 1, kMaxTreeSize, std::vector<Digest>(kMaxPathLength),
                             Bytes(snp::kReportSize)};
    CHECK(encode(most).size() == kMaxAgentEvidenceSize);
    CHECK(decode_agent_evidence(encode(most)).ok());
    const AgentEvidence report_too_long{1, 0, 1, {}, Bytes(snp::kReportSize + 1)};
    CHECK_FALSE(decode_agent_evidence(encode(report_too_long)).ok());
}

TEST_CASE("agent evidence: an agent that cannot get a report gives nobody evidence") {
    FakeAttester attester;
    CHECK(attest_together(Mode::kSnp, attester, {}).error().code() == ErrorCode::kInvalidArgument);
    CHECK_FALSE(
        attest_together(Mode::kSnp, attester, std::vector<Identity>(kMaxTreeSize + 1)).ok());
    CHECK(attester.asked.empty());
    CHECK(attest_together(Mode::kSnp, attester, std::vector<Identity>(kMaxTreeSize)).ok());
    attester.failure = Error(ErrorCode::kIo, "the firmware failed");
    CHECK(attest_together(Mode::kSnp, attester, {{}}).error().code() == ErrorCode::kIo);
    CHECK(attester.asked.size() == 2);
}

}  // namespace ucx_crypto::attest::agent
