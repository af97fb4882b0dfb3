#include "ucx_crypto/attest/snp/snp_attester.h"

#include <algorithm>

#include "ucx_crypto/attest/snp/certificate_chain.h"
#include "ucx_crypto/attest/snp/certificate_table.h"
#include "ucx_crypto/attest/snp/paravisor_evidence.h"
#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::attest::snp {
namespace {

/// Leaf, intermediate and root for a report by `signer`, as peers expect them.
Result<Bytes> endorsements_by_host(HostCertificates given, Signer signer) {
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

/// Whether the leaf says that it is of the report's TCB and, a VCEK, of its chip. A host may have
/// certificates from before an update of its firmware, or of the machine that a disk came from.
bool name_key_of(const Report& report, ByteView endorsements) {
    const auto chain = CertificateChain::parse(endorsements);
    if (!chain.ok()) {
        return false;
    }
    const auto is_key_of = [&](Product product) {
        const auto leaf = read_leaf(chain->leaf.get(), product, report.signer());
        const ByteView chip = report.chip_id;
        return leaf.ok() && leaf->tcb == Tcb::of(product, report.reported_tcb) &&
               leaf->hardware_id.size() <= chip.size() &&
               equal(leaf->hardware_id, chip.first(leaf->hardware_id.size()));
    };
    constexpr Product kProducts[] = {Product::kMilan, Product::kGenoa, Product::kTurin};
    return std::any_of(std::begin(kProducts), std::end(kProducts), is_key_of);
}

/// The host's where they fit, else the store's. The host's that do not fit are still shown when
/// there are no others: peers say what is wrong with them.
Result<Bytes> endorsements_of(const Report& report, Result<Bytes> by_host,
                              const std::optional<EndorsementStore>& store) {
    if (!store || (by_host.ok() && name_key_of(report, *by_host))) {
        return by_host;
    }
    auto stored = store->find(report);
    if (stored.ok()) {
        return stored;
    }
    if (!by_host.ok()) {
        return Error(by_host.error().code(),
                     by_host.error().message() + ", or: " + stored.error().message());
    }
    UCX_CRYPTO_WARN(
        "endorsements: expected the host's certificates to be of this chip and TCB, found others; "
        "%s",
        stored.error().message().c_str());
    return by_host;
}

}  // namespace

Result<Evidence> SnpAttester::attest(const ReportData& data) {
    SignedReport answer = UCX_CRYPTO_TRY(source_->get(data));
    const auto opened = open_report(answer.report);
    const auto report = opened.ok() ? Report::parse(opened->report) : opened.error();
    if (!report.ok()) {
        return Error(ErrorCode::kInternal, "this machine's report: " + report.error().message());
    }
    if (!check_bound_data(*opened, data).ok()) {
        return Error(ErrorCode::kInternal,
                     "this machine's report: expected the REPORT_DATA that was asked for, found "
                     "another; another program may use the same device wrongly");
    }
    auto given = parse_certificate_table(answer.certificate_table);
    auto endorsements =
        endorsements_of(*report,
                        given.ok() ? endorsements_by_host(std::move(*given), report->signer())
                                   : Result<Bytes>(given.error()),
                        store_);
    if (!endorsements.ok()) {
        // The device has done its part: whatever is wrong with certificates, it may be asked again.
        return Error(ErrorCode::kNotFound, endorsements.error().message());
    }
    return Evidence{std::move(answer.report), std::move(*endorsements)};
}

}  // namespace ucx_crypto::attest::snp
