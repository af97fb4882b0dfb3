// The user of libucx_crypto_emulated.so: finds and loads the module, reads a root's files.
#pragma once

#include "ucx_crypto/attest/attester.h"
#include "ucx_crypto/attest/emulated_module.h"
#include "ucx_crypto/attest/snp/certificate_chain.h"

namespace ucx_crypto::attest {

class EmulatedAttester final : public Attester {
  public:
    static Result<std::unique_ptr<EmulatedAttester>> open(const Settings& settings);

    Result<Evidence> attest(const ReportData& data) override;
    std::string description() const override { return "software SNP"; }
    const snp::Root& root() const { return root_; }

  private:
    EmulatedAttester() = default;

    const EmulatedModule* module_ = nullptr;
    SecretBytes key_;
    Bytes endorsements_;
    snp::Root root_{snp::Product::kMilan, {}, true};
};

}  // namespace ucx_crypto::attest
