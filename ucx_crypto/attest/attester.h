// Who makes evidence about this process: one implementation per kind of trusted platform.
#pragma once

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest {

/// An Attester in the terms of RFC 9334, with what its platform knows of endorsements.
class Attester {
  public:
    virtual ~Attester() = default;

    /// Evidence that carries exactly `data`, with its endorsements.
    virtual Result<Evidence> attest(const ReportData& data) = 0;

    /// Which one it is and why it was chosen, for logs and tools.
    virtual std::string description() const = 0;
};

}  // namespace ucx_crypto::attest
