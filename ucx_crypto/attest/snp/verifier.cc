#include "ucx_crypto/attest/snp/verifier.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>

#include "ucx_crypto/base/crypto_library.h"

namespace ucx_crypto::attest::snp {
namespace {

Error forged(const std::string& expected, const std::string& found) {
    ERR_clear_error();
    return {ErrorCode::kAuthentication,
            "attestation report: expected " + expected + ", found " + found};
}

Status check_leaf(const Report& report, const VerifiedLeaf& leaf) {
    if (report.version >= 3) {
        const auto product = product_of(report.cpu_family, report.cpu_model);
        if (!product || *product != leaf.root.product) {
            return forged("a processor of product " + std::string(to_string(leaf.root.product)),
                          product ? std::string(to_string(*product)) : "an unknown one");
        }
    }
    if (report.masked_chip_key()) {
        return forged("a chip that signs with its own key", "a masked chip key");
    }
    if (report.signer() != leaf.signer) {
        return forged("the kind of key that the certificate has",
                      "signer " + std::to_string(static_cast<int>(report.signer())));
    }
    if (Tcb::of(leaf.root.product, report.reported_tcb) != leaf.tcb) {
        return forged("the certificate's TCB as reported TCB", "another");
    }
    if (leaf.signer == Signer::kVcek) {
        const size_t size = leaf.root.product == Product::kTurin ? 8 : report.chip_id.size();
        const ByteView chip = report.chip_id;
        const bool rest_zero = std::all_of(chip.begin() + static_cast<ptrdiff_t>(size), chip.end(),
                                           [](uint8_t byte) { return byte == 0; });
        if (!rest_zero || !equal(leaf.hardware_id, chip.first(size))) {
            return forged("the certificate's hardware id as chip id", "another chip's");
        }
    }
    return success();
}

Status check_signature(ByteView bytes, const Report& report, X509* leaf) {
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(ECDSA_SIG_new(),
                                                                          ECDSA_SIG_free);
    BIGNUM* r = BN_lebin2bn(report.r.data(), static_cast<int>(report.r.size()), nullptr);
    BIGNUM* s = BN_lebin2bn(report.s.data(), static_cast<int>(report.s.size()), nullptr);
    if (!signature || r == nullptr || s == nullptr || ECDSA_SIG_set0(signature.get(), r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return Error(ErrorCode::kInternal, "OpenSSL cannot hold an ECDSA signature");
    }
    uint8_t* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &der);
    const std::unique_ptr<uint8_t, void (*)(uint8_t*)> owner(
        der, [](uint8_t* memory) { OPENSSL_free(memory); });
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    const bool valid = size > 0 && context &&
                       EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA384", library, nullptr,
                                               X509_get0_pubkey(leaf), nullptr) == 1 &&
                       EVP_DigestVerify(context.get(), der, static_cast<size_t>(size), bytes.data(),
                                        kSignedSize) == 1;
    return valid
               ? success()
               : Status(forged("a signature of the certificate's key", "one that does not verify"));
}

template <size_t N>
Bytes bytes_of(const std::array<uint8_t, N>& array) {
    return to_bytes(array);
}

}  // namespace

Result<Verifier::Genuine> Verifier::verify(const Evidence& evidence,
                                           std::chrono::system_clock::time_point now) const {
    constexpr uint32_t kLowestVmpl = 3;
    Genuine genuine {
        UCX_CRYPTO_TRY(Report::parse(evidence.report))
        , {}
    };
    const Report& report = genuine.report;
    const VerifiedLeaf leaf = UCX_CRYPTO_TRY(verify_chain(evidence.endorsements, roots_, now));
    UCX_CRYPTO_TRY(check_leaf(report, leaf));
    UCX_CRYPTO_TRY(check_signature(evidence.report, report, leaf.certificate.get()));
    if (report.vmpl > kLowestVmpl) {
        return forged("a report that the guest asked for", "one that its host asked for");
    }
    if ((report.policy & kPolicyAlwaysOne) == 0) {
        return forged("bit 17 of the guest policy", "it clear");
    }
    Claims& claims = genuine.claims;
    claims.mode = leaf.root.emulated ? Mode::kEmulated : Mode::kSnp;
    claims.emulated = leaf.root.emulated;
    claims.product = to_string(leaf.root.product);
    claims.measurement = bytes_of(report.measurement);
    claims.chip_id = bytes_of(report.chip_id);
    claims.host_data = bytes_of(report.host_data);
    claims.guest_policy = report.policy;
    claims.reported_tcb = report.reported_tcb;
    claims.launch_tcb = report.launch_tcb;
    claims.vmpl = report.vmpl;
    return genuine;
}

Status check_report_data(const Report& report, const ReportData& expected) {
    if (report.report_data != expected) {
        return forged("REPORT_DATA of this connection's keys, domain and mode", "another");
    }
    return success();
}

}  // namespace ucx_crypto::attest::snp
