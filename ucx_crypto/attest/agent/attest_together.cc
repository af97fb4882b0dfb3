#include "ucx_crypto/attest/agent/attest_together.h"

namespace ucx_crypto::attest::agent {

Result<std::vector<Evidence>> attest_together(Mode mode, Attester& attester,
                                              const std::vector<Identity>& identities) {
    if (identities.empty() || identities.size() > kMaxTreeSize) {
        return Error(ErrorCode::kInvalidArgument,
                     "agent: expected 1 to " + std::to_string(kMaxTreeSize) +
                         " identities for a report, found " + std::to_string(identities.size()));
    }
    std::vector<Digest> leaves;
    leaves.reserve(identities.size());
    for (const Identity& identity : identities) {
        leaves.push_back(leaf_hash(identity));
    }
    const MerkleTree tree(std::move(leaves));
    const auto shared =
        UCX_CRYPTO_TRY(attester.attest(agent_report_data(mode, tree.size(), tree.root())));
    std::vector<Evidence> all;
    all.reserve(identities.size());
    for (uint32_t i = 0; i < tree.size(); ++i) {
        all.push_back(
            {encode(AgentEvidence{identities[i].uid, i, tree.size(), tree.path(i), shared.report}),
             shared.endorsements});
    }
    return all;
}

}  // namespace ucx_crypto::attest::agent
