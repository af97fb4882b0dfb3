// Evidence of a node agent as a peer sends it: one report for many identities, with a way to one.
#include <algorithm>

#include "tests/fuzz/target.h"
#include "ucx_crypto/attest/agent/agent_evidence.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace attest;
using namespace attest::agent;

/// `evidence` about one of some identities that an agent has put into a tree.
AgentEvidence genuine(uint32_t size, uint32_t index, ByteView report) {
    std::vector<Digest> leaves;
    for (uint32_t i = 0; i < size; ++i) {
        Identity identity;
        identity.uid = i;
        leaves.push_back(leaf_hash(identity));
    }
    return {index, index, size, MerkleTree(leaves).path(index), to_bytes(report)};
}

}  // namespace

void one_input(ByteView input) {
    const auto evidence = decode_agent_evidence(input);
    if (!evidence.ok()) {
        UCX_CRYPTO_PROMISE(evidence.error().code() == ErrorCode::kAuthentication);
        return;
    }
    UCX_CRYPTO_PROMISE(equal(encode(*evidence), input));
    UCX_CRYPTO_PROMISE(input.size() <= kMaxAgentEvidenceSize);
    const auto data = expected_report_data(Mode::kSnp, *evidence, {}, {});
    if (!data.ok()) {
        UCX_CRYPTO_PROMISE(data.error().code() == ErrorCode::kAuthentication);
        return;
    }
    UCX_CRYPTO_PROMISE(evidence->index < evidence->tree_size &&
                       evidence->tree_size <= kMaxTreeSize);
    // Nothing that leads to the root may be exchanged, and the root's size and the mode belong to
    // it.
    const auto leads_elsewhere = [&data](const AgentEvidence& other, Mode mode, uint8_t domain,
                                         uint8_t key) {
        Digest domain_id{};
        Digest spki_hash{};
        domain_id[0] = domain;
        spki_hash[0] = key;
        const auto found = expected_report_data(mode, other, domain_id, spki_hash);
        return !found.ok() || *found != *data;
    };
    UCX_CRYPTO_PROMISE(leads_elsewhere(*evidence, Mode::kEmulated, 0, 0));
    UCX_CRYPTO_PROMISE(leads_elsewhere(*evidence, Mode::kSnp, 1, 0));
    UCX_CRYPTO_PROMISE(leads_elsewhere(*evidence, Mode::kSnp, 0, 1));
    AgentEvidence other = *evidence;
    other.uid ^= 1;
    UCX_CRYPTO_PROMISE(leads_elsewhere(other, Mode::kSnp, 0, 0));
    other = *evidence;
    other.tree_size += 1;
    UCX_CRYPTO_PROMISE(leads_elsewhere(other, Mode::kSnp, 0, 0));
    for (size_t i = 0; i < evidence->path.size(); ++i) {
        other = *evidence;
        other.path[i][31] ^= 1;
        UCX_CRYPTO_PROMISE(leads_elsewhere(other, Mode::kSnp, 0, 0));
    }
}

std::vector<Bytes> seeds() {
    const Bytes report(0x4a0, 2);
    return {encode(genuine(1, 0, report)), encode(genuine(2, 1, report)),
            encode(genuine(7, 6, report)), encode(genuine(5, 0, report)),
            encode(genuine(300, 9, report))};
}

}  // namespace ucx_crypto::fuzz
