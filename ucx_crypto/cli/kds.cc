#include "ucx_crypto/cli/kds.h"

#include <fmt/core.h>

#include "ucx_crypto/attest/snp/certificate_file.h"
#include "ucx_crypto/attest/snp/endorsements.h"

namespace ucx_crypto::cli {

using attest::snp::Product;
using attest::snp::Report;
using attest::snp::Signer;

std::string vcek_path(const Report& report, Product product) {
    const auto tcb = attest::snp::Tcb::of(product, report.reported_tcb);
    const bool turin = product == Product::kTurin;
    const ByteView chip = ByteView(report.chip_id).first(turin ? 8 : report.chip_id.size());
    return fmt::format("/vcek/v1/{}/{}?{}blSPL={:02}&teeSPL={:02}&snpSPL={:02}&ucodeSPL={:02}",
                       to_string(product), to_hex(chip),
                       turin ? fmt::format("fmcSPL={:02}&", tcb.fmc) : "", tcb.boot_loader, tcb.tee,
                       tcb.snp, tcb.microcode);
}

Result<Bytes> fetch_endorsements(const std::string& service, const Report& report, Product product,
                                 const Retries& retries) {
    if (report.signer() != Signer::kVcek) {
        return Error(
            ErrorCode::kUnsupported,
            "expected a report that a VCEK signed, found one of a VLEK; the cloud provider "
            "has that certificate: get it there and run `ucx-crypto endorsements add`");
    }
    const std::string chain_path = fmt::format("/vcek/v1/{}/cert_chain", to_string(product));
    const Bytes chain = UCX_CRYPTO_TRY(download(service + chain_path, retries));
    auto issuers =
        UCX_CRYPTO_TRY(attest::snp::parse_certificates(chain, "certificate chain of " + service));
    const Bytes answer = UCX_CRYPTO_TRY(download(service + vcek_path(report, product), retries));
    const auto leaf =
        UCX_CRYPTO_TRY(attest::snp::parse_certificates(answer, "certificate of " + service));
    if (issuers.size() != 2 || leaf.size() != 1) {
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("{}: expected one certificate and a chain of two, found {} and {}",
                                 service, leaf.size(), issuers.size()));
    }
    return attest::snp::encode_endorsements({leaf[0], issuers[0], issuers[1]});
}

Result<Bytes> fetch_revocation_list(const std::string& service, Signer signer, Product product,
                                    const Retries& retries) {
    return download(
        service + fmt::format("/{}/v1/{}/crl", signer == Signer::kVlek ? "vlek" : "vcek",
                              to_string(product)),
        retries);
}

}  // namespace ucx_crypto::cli
