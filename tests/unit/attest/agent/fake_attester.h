// An attester whose reports a test makes, and counts.
#pragma once

#include <functional>
#include <vector>

#include "ucx_crypto/attest/attester.h"
#include "ucx_crypto/attest/snp/report.h"

namespace ucx_crypto::attest::agent {

/// Reports without signature that carry what was asked for, unless `next` says otherwise.
class FakeAttester final : public Attester {
  public:
    Result<Evidence> attest(const ReportData& data) override {
        asked.push_back(data);
        if (failure) {
            return *failure;
        }
        snp::Report report;
        report.version = 2;
        report.report_data = data;
        const auto bytes = report.encode();
        return Evidence{Bytes(bytes.begin(), bytes.end()), Bytes{1, 2, 3}};
    }
    std::string description() const override { return "reports of the test"; }

    std::vector<ReportData> asked;
    std::optional<Error> failure;
};

}  // namespace ucx_crypto::attest::agent
