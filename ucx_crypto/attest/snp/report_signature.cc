#include "ucx_crypto/attest/snp/report_signature.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

#include "ucx_crypto/base/crypto_library.h"

namespace ucx_crypto::attest::snp {
namespace {

/// R and S in the encoding that OpenSSL verifies.
Result<Bytes> der_of(const Report& report) {
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
    if (size <= 0) {
        return Error(ErrorCode::kInternal, "OpenSSL cannot encode an ECDSA signature");
    }
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

}  // namespace

Status check_report_signature(ByteView bytes, const Report& report, X509* leaf) {
    const Bytes signature = UCX_CRYPTO_TRY(der_of(report));
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    const bool valid = bytes.size() == kReportSize && context &&
                       EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA384", library, nullptr,
                                               X509_get0_pubkey(leaf), nullptr) == 1 &&
                       EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                        bytes.data(), kSignedSize) == 1;
    ERR_clear_error();  // the queue belongs to the thread, and so to the application
    return valid ? success()
                 : Status(Error(ErrorCode::kAuthentication,
                                "attestation report: expected a signature of the certificate's "
                                "key, found one that does not verify"));
}

}  // namespace ucx_crypto::attest::snp
