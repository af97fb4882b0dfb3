// The user of libucx_crypto_emulated.so: finds and loads the module, reads a root's files.
#pragma once

#include "ucx_crypto/attest/attestation.h"
#include "ucx_crypto/attest/emulated_module.h"
#include "ucx_crypto/attest/snp/certificate_chain.h"

namespace ucx_crypto::attest {

class EmulatedAttester {
  public:
    static Result<EmulatedAttester> open(const Settings& settings);

    Result<Evidence> attest(const ReportData& data) const;
    const snp::Root& root() const { return root_; }

  private:
    EmulatedAttester() = default;

    const EmulatedModule* module_ = nullptr;
    SecretBytes key_;
    Bytes endorsements_;
    snp::Root root_{snp::Product::kMilan, {}, true};
};

}  // namespace ucx_crypto::attest
