// A process's side of its node's agent.
#pragma once

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest::agent {

class AgentClient {
  public:
    virtual ~AgentClient() = default;

    /// Evidence of purpose kAgent in `mode` for this process, checked to be about these values and
    /// this user (not to be genuine: that is the peers' question). Any thread.
    virtual Result<Evidence> attest(Mode mode, const Digest& spki_hash,
                                    const Digest& domain_id) = 0;

    /// Which agent it is, for logs and tools.
    virtual std::string description() const = 0;
};

}  // namespace ucx_crypto::attest::agent
