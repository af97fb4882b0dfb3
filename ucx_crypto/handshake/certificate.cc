#include "ucx_crypto/handshake/certificate.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "ucx_crypto/base/crypto_library.h"
#include "ucx_crypto/base/hash.h"

namespace ucx_crypto::handshake {
namespace {

/// DER of an uncompressed P-256 point with its algorithm identifier (RFC 5480) has one size only.
constexpr int kP256SpkiSize = 91;

Error failure() {
    return {ErrorCode::kInternal, "the TLS certificate could not be made: " + take_openssl_error()};
}

bool fill(X509* x509, EVP_PKEY* key) {
    X509_NAME* name = X509_get_subject_name(x509);
    const auto* text = reinterpret_cast<const unsigned char*>("ucx-crypto");
    return X509_set_version(x509, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
           X509_set_issuer_name(x509, name) == 1 &&
           ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), "19700101000000Z") == 1 &&
           ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), "99991231235959Z") == 1 &&
           X509_set_pubkey(x509, key) == 1;
}

}  // namespace

void OpensslDelete::operator()(EVP_PKEY* key) const {
    EVP_PKEY_free(key);
}
void OpensslDelete::operator()(X509* certificate) const {
    X509_free(certificate);
}
void OpensslDelete::operator()(SSL_CTX* context) const {
    SSL_CTX_free(context);
}
void OpensslDelete::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

Result<Certificate> Certificate::create() {
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    Certificate certificate;
    certificate.key_.reset(EVP_PKEY_Q_keygen(library, nullptr, "EC", "P-256"));
    certificate.x509_.reset(X509_new_ex(library, nullptr));
    if (!certificate.key_ || !certificate.x509_ ||
        !fill(certificate.x509_.get(), certificate.key_.get())) {
        return failure();
    }
    EVP_MD* md = EVP_MD_fetch(library, "SHA256", nullptr);
    const bool is_signed =
        md != nullptr && X509_sign(certificate.x509_.get(), certificate.key_.get(), md) > 0;
    EVP_MD_free(md);
    if (!is_signed) {
        return failure();
    }
    certificate.spki_hash_ = UCX_CRYPTO_TRY(p256_spki_hash(certificate.x509_.get()));
    return certificate;
}

Result<attest::Digest> p256_spki_hash(X509* certificate) {
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    std::array<char, 32> group{};
    size_t group_size = 0;
    unsigned char* der = nullptr;
    const bool is_p256 =
        key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
        EVP_PKEY_get_group_name(key, group.data(), group.size(), &group_size) == 1 &&
        std::string_view(group.data(), group_size) == "prime256v1";
    const int size = is_p256 ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der) : 0;
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(
        der, [](unsigned char* bytes) { OPENSSL_free(bytes); });
    if (size != kP256SpkiSize) {
        return Error(ErrorCode::kAuthentication,
                     "TLS: expected a certificate with an uncompressed P-256 key, found another");
    }
    return sha256({der, static_cast<size_t>(size)});
}

}  // namespace ucx_crypto::handshake
