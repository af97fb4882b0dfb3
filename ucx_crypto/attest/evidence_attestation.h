// The attestation modes that show evidence: where this side's comes from, and a set of roots for
// that of peers.
#pragma once

#include "ucx_crypto/attest/agent/agent_client.h"
#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/attester.h"
#include "ucx_crypto/attest/domain_key.h"
#include "ucx_crypto/attest/snp/certificate_chain.h"

namespace ucx_crypto::attest {

/// An attestation of `mode` (kSnp or kEmulated) whose own evidence comes from `attester` and whose
/// peers must show evidence under one of `roots`. kInvalidArgument when the policy requires a
/// domain key and `domain` has none. `store`: the endorsement store, for its revocation lists.
///
/// Attestation::create() is the caller: it passes AMD's pinned roots in mode snp, and in mode
/// emulated the one root that marks its claims so. No setting leads to other roots here.
Result<std::unique_ptr<Attestation>> attestation_by_evidence(Mode mode, AppraisalPolicy policy,
                                                             DomainKey domain,
                                                             std::unique_ptr<Attester> attester,
                                                             std::vector<snp::Root> roots,
                                                             const std::string& store = "");

/// The same, where the node's agent makes this side's evidence. kRefused when the policy does not
/// accept such evidence: peers would not either.
Result<std::unique_ptr<Attestation>> attestation_by_agent(
    Mode mode, AppraisalPolicy policy, DomainKey domain, std::unique_ptr<agent::AgentClient> client,
    std::vector<snp::Root> roots, const std::string& store = "");

}  // namespace ucx_crypto::attest
