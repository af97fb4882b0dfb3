// What an agent does: one report for many identities.
#pragma once

#include "ucx_crypto/attest/agent/agent_evidence.h"
#include "ucx_crypto/attest/attester.h"

namespace ucx_crypto::attest::agent {

/// One report of `attester` over the tree of `identities` (1 to kMaxTreeSize), and the evidence of
/// each, in their order. REPORT_DATA is made here: nobody who asks chooses a byte of it.
Result<std::vector<Evidence>> attest_together(Mode mode, Attester& attester,
                                              const std::vector<Identity>& identities);

}  // namespace ucx_crypto::attest::agent
