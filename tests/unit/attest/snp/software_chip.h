// A chip of a test's own: reports in the firmware's format and a chain like AMD's, under a root
// that nobody but the test trusts.
#pragma once

#include "tests/unit/attest/kept_root.h"
#include "tests/unit/attest/snp/fake_driver.h"
#include "tests/unit/attest/snp/table_builder.h"
#include "tests/unit/attest/temporary_folder.h"
#include "ucx_crypto/attest/emulated_attester.h"
#include "ucx_crypto/attest/snp/choose_source.h"

namespace ucx_crypto::attest::snp {

class SoftwareChip {
  public:
    /// The root is a folder of `folder`, which must live as long as the chip.
    explicit SoftwareChip(const TemporaryFolder& folder) {
        const emulated::InitResult root = kept_root(folder.path("root"));
        settings_.emulated_dir = root.directory;
        settings_.domain_key_path = root.domain_key;
        settings_.policy_path = root.policy;
        auto attester = EmulatedAttester::open(settings_);
        INFO((attester.ok() ? "" : attester.error().message()));
        REQUIRE(attester.ok());
        attester_ = std::move(attester).value();
        auto evidence = attester_->attest({});
        REQUIRE(evidence.ok());
        const auto chain = decode_endorsements(evidence->endorsements);
        REQUIRE(chain.ok());
        table = TableBuilder::of({{kVcekGuid, to_bytes(chain->at(0))},
                                  {kAskGuid, to_bytes(chain->at(1))},
                                  {kArkGuid, to_bytes(chain->at(2))}});
    }

    /// Every setting that a process has, pointing at this chip's files.
    Settings settings(Mode mode) const {
        Settings settings = settings_;
        settings.mode = mode;
        return settings;
    }

    /// The chip's root as one of AMD's, which no code outside of tests makes of it.
    Root as_trusted_root() const { return {Product::kMilan, attester_->root().spki_hash}; }

    Bytes report(ByteView data) const {
        ReportData wanted{};
        std::copy(data.begin(), data.end(), wanted.begin());
        auto evidence = attester_->attest(wanted);
        return evidence.ok() ? evidence->report : Bytes();
    }

    /// A machine with a guest device in front of this chip.
    std::vector<Candidate> machine(DriverLog& log) const {
        return {{"test device", [this, &log] {
                     auto driver = std::make_unique<FakeDriver>(
                         [this](const Asked& asked) {
                             return Answer{.report = report(ByteView(asked.request).first(64)),
                                           .table = table};
                         },
                         log);
                     return std::unique_ptr<ReportSource>(
                         std::make_unique<GuestDevice>(std::move(driver)));
                 }}};
    }

    Bytes table;  ///< what the host passes with extended reports

  private:
    Settings settings_;
    std::unique_ptr<EmulatedAttester> attester_;
};

}  // namespace ucx_crypto::attest::snp
