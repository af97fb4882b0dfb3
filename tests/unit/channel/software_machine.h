// Processes in mode snp on machines with a chip that only the tests trust.
#pragma once

#include "support.h"
#include "tests/unit/attest/snp/software_chip.h"
#include "ucx_crypto/attest/domain_key.h"
#include "ucx_crypto/attest/evidence_attestation.h"
#include "ucx_crypto/attest/snp/snp_attester.h"

namespace ucx_crypto::channel {

inline std::shared_ptr<ProcessIdentity> identity_of(
    std::unique_ptr<attest::Attestation> attestation) {
    auto identity = ProcessIdentity::create({}, std::move(attestation));
    INFO((identity.ok() ? "" : identity.error().message()));
    REQUIRE(identity.ok());
    return identity.value();
}

/// A process on a machine with `chip` that trusts the chip's root.
inline std::shared_ptr<ProcessIdentity> trusting(const attest::snp::SoftwareChip& chip,
                                                 attest::snp::DriverLog& log,
                                                 bool per_connection = false) {
    attest::AppraisalPolicy policy;
    policy.channel_binding = per_connection;
    auto domain = attest::load_domain_key(chip.settings(attest::Mode::kSnp).domain_key_path);
    REQUIRE(domain.ok());
    auto attestation = attest::attestation_by_evidence(
        attest::Mode::kSnp, policy, std::move(domain).value(),
        std::make_unique<attest::snp::SnpAttester>(chip.machine(log)[0].open().value(), "test"),
        {chip.as_trusted_root()});
    REQUIRE(attestation.ok());
    return identity_of(std::move(attestation).value());
}

}  // namespace ucx_crypto::channel
