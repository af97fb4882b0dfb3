// Evidence of a node agent: one report over a Merkle tree of identities, and the way from one of
// them to the tree's root.
#pragma once

#include <vector>

#include "ucx_crypto/attest/agent/merkle_tree.h"

namespace ucx_crypto::attest::agent {

/// Whom an agent vouches for: a leaf of its tree. The agent takes the uid from the kernel.
struct Identity {
    uint32_t uid = 0;  ///< as the agent's user namespace numbers users
    Digest domain_id{};
    Digest spki_hash{};
};

/// Over a label, purpose "agent" and every field, all of fixed size.
Digest leaf_hash(const Identity& identity);

/// What takes the place of the report in Evidence: its `report` holds the encoded form.
struct AgentEvidence {
    uint32_t uid = 0;
    uint32_t index = 0;
    uint32_t tree_size = 1;
    std::vector<Digest> path;
    Bytes report;
};

inline constexpr size_t kMaxAgentEvidenceSize = 4 + 4 + 4 + 1 + 32 * kMaxPathLength + 2 + 0x4A0;
static_assert(kMaxAgentEvidenceSize == 1519 && kMaxAgentEvidenceSize <= kMaxEvidenceSize);

/// uid, index, tree size (4 bytes each, big-endian), number of hashes (1 byte), hashes, length of
/// the report (2 bytes), report.
Bytes encode(const AgentEvidence& evidence);
/// kAuthentication unless `bytes` are exactly one, within all bounds.
Result<AgentEvidence> decode_agent_evidence(ByteView bytes);

/// The REPORT_DATA that the report in `evidence` must carry to vouch for a process with `spki_hash`
/// in `domain_id`, as the user that the evidence names. kAuthentication for a path that leads
/// nowhere.
Result<ReportData> expected_report_data(Mode mode, const AgentEvidence& evidence,
                                        const Digest& domain_id, const Digest& spki_hash);

}  // namespace ucx_crypto::attest::agent
