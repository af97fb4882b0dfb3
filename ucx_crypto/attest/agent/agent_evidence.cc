#include "ucx_crypto/attest/agent/agent_evidence.h"

#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest::agent {
namespace {

constexpr std::string_view kEntryLabel = "ucx-crypto v1 agent identity";
constexpr size_t kEntrySize = kEntryLabel.size() + 1 + 4 + 32 + 32;
static_assert(kEntrySize == 97);
static_assert(snp::kReportSize == 0x4A0);

}  // namespace

Digest leaf_hash(const Identity& identity) {
    std::array<uint8_t, kEntrySize> entry{};
    WireWriter writer(entry);
    writer.bytes(as_bytes(kEntryLabel));
    writer.u8(static_cast<uint8_t>(Binding::Purpose::kAgent));
    writer.u32(identity.uid);
    writer.bytes(identity.domain_id);
    writer.bytes(identity.spki_hash);
    return leaf_hash(ByteView(entry));
}

Bytes encode(const AgentEvidence& evidence) {
    Bytes out(kMaxAgentEvidenceSize);
    WireWriter writer(out);
    writer.u32(evidence.uid);
    writer.u32(evidence.index);
    writer.u32(evidence.tree_size);
    writer.u8(static_cast<uint8_t>(evidence.path.size()));
    for (const Digest& hash : evidence.path) {
        writer.bytes(hash);
    }
    writer.field16(evidence.report);
    out.resize(writer.ok() ? writer.size() : 0);
    return out;
}

Result<AgentEvidence> decode_agent_evidence(ByteView bytes) {
    WireReader reader(bytes);
    AgentEvidence evidence;
    evidence.uid = reader.u32();
    evidence.index = reader.u32();
    evidence.tree_size = reader.u32();
    const size_t hashes = reader.u8();
    if (hashes > kMaxPathLength) {
        return Error(ErrorCode::kAuthentication, "agent evidence: expected at most " +
                                                     std::to_string(kMaxPathLength) +
                                                     " hashes, found " + std::to_string(hashes));
    }
    for (size_t i = 0; i < hashes; ++i) {
        evidence.path.push_back(reader.array<32>());
    }
    evidence.report = to_bytes(reader.field16(snp::kReportSize));
    const Status finished = reader.finish("agent evidence");
    if (!finished.ok()) {
        return Error(ErrorCode::kAuthentication, finished.error().message());
    }
    return evidence;
}

Result<ReportData> expected_report_data(Mode mode, const AgentEvidence& evidence,
                                        const Digest& domain_id, const Digest& spki_hash) {
    const Digest root =
        UCX_CRYPTO_TRY(root_of_path(leaf_hash(Identity{evidence.uid, domain_id, spki_hash}),
                                    evidence.index, evidence.tree_size, evidence.path));
    return agent_report_data(mode, evidence.tree_size, root);
}

}  // namespace ucx_crypto::attest::agent
