#include "ucx_crypto/attest/snp/snp_attester.h"

#include "ucx_crypto/attest/snp/certificate_table.h"
#include "ucx_crypto/attest/snp/endorsements.h"
#include "ucx_crypto/attest/snp/report.h"

namespace ucx_crypto::attest::snp {
namespace {

/// Leaf, intermediate and root for a report by `signer`, as peers expect them.
Result<Bytes> endorsements_of(HostCertificates given, Signer signer) {
    const bool vlek = signer == Signer::kVlek;
    const std::pair<const char*, Bytes*> chain[] = {{vlek ? "VLEK" : "VCEK", &given.vlek},
                                                    {vlek ? "ASVK" : "ASK", &given.ask},
                                                    {"ARK", &given.ark}};
    std::vector<Bytes> certificates;
    std::string missing;
    for (const auto& [name, certificate] : chain) {
        Bytes& der = vlek || certificate != &given.vlek ? *certificate : given.vcek;
        if (der.empty()) {
            missing += missing.empty() ? name : std::string(" and ") + name;
        }
        certificates.push_back(std::move(der));
    }
    if (!missing.empty()) {
        return Error(ErrorCode::kNotFound,
                     "endorsements: expected the certificates of this chip from the host, found "
                     "none for " +
                         missing +
                         "; have the host's operator provide them with the extended report");
    }
    return encode_endorsements(certificates);
}

}  // namespace

Result<Evidence> SnpAttester::attest(const ReportData& data) {
    SignedReport answer = UCX_CRYPTO_TRY(source_->get(data));
    const auto report = Report::parse(answer.report);
    if (!report.ok()) {
        return Error(ErrorCode::kInternal, "this machine's report: " + report.error().message());
    }
    if (report->report_data != data) {
        return Error(ErrorCode::kInternal,
                     "this machine's report: expected the REPORT_DATA that was asked for, found "
                     "another; another program may use the same device wrongly");
    }
    auto certificates = UCX_CRYPTO_TRY(parse_certificate_table(answer.certificate_table));
    Bytes endorsements = UCX_CRYPTO_TRY(endorsements_of(std::move(certificates), report->signer()));
    return Evidence{std::move(answer.report), std::move(endorsements)};
}

}  // namespace ucx_crypto::attest::snp
