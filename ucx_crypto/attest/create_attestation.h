// Attestation::create() on a machine that the caller describes.
#pragma once

#include "ucx_crypto/attest/agent/protocol.h"
#include "ucx_crypto/attest/snp/choose_source.h"

namespace ucx_crypto::attest {

/// As Attestation::create(), where modes auto and snp choose among `candidates`, and the node's
/// agent listens at `agent_socket` if there is one. Whose reports are genuine is no matter of the
/// machine: in these modes AMD's pinned roots decide.
Result<std::unique_ptr<Attestation>> create_attestation(
    const Settings& settings, const std::vector<snp::Candidate>& candidates,
    const std::string& agent_socket = agent::kSocketPath);

}  // namespace ucx_crypto::attest
