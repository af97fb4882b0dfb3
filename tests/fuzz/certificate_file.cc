// Certificates in DER or PEM, from files and key distribution services.
#include <openssl/err.h>
#include <openssl/pem.h>

#include "tests/fuzz/target.h"
#include "ucx_crypto/attest/snp/certificate.h"
#include "ucx_crypto/attest/snp/certificate_file.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace attest::snp;

Bytes pem_of(ByteView der) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> output(BIO_new(BIO_s_mem()), BIO_free);
    UCX_CRYPTO_PROMISE(PEM_write_bio(output.get(), PEM_STRING_X509, "", der.data(),
                                     static_cast<long>(der.size())) > 0);
    const char* text = nullptr;
    const long size = BIO_get_mem_data(output.get(), &text);
    return to_bytes(as_bytes({text, static_cast<size_t>(size)}));
}

/// A certificate that nobody signed, with a tiny key.
Bytes small_certificate() {
    const Certificate certificate(X509_new());
    X509* const raw = certificate.get();
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
    X509_set_version(raw, X509_VERSION_3);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_ASC,
                               reinterpret_cast<const uint8_t*>("small"), -1, -1, 0);
    X509_gmtime_adj(X509_getm_notBefore(raw), 0);
    X509_gmtime_adj(X509_getm_notAfter(raw), 1000);
    UCX_CRYPTO_PROMISE(X509_set_pubkey(raw, key.get()) == 1 &&
                       X509_sign(raw, key.get(), EVP_sha256()) > 0);
    uint8_t* der = nullptr;
    const int size = i2d_X509(raw, &der);
    UCX_CRYPTO_PROMISE(size > 0);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

}  // namespace

void one_input(ByteView input) {
    const auto found = parse_certificates(input, "input");
    UCX_CRYPTO_PROMISE(ERR_peek_error() == 0);  // the queue is the application's
    if (!found.ok()) {
        UCX_CRYPTO_PROMISE(found.error().code() == ErrorCode::kInvalidArgument);
        return;
    }
    UCX_CRYPTO_PROMISE(!found->empty() && found->size() <= 8);
    Bytes pem;
    for (const Bytes& der : *found) {
        const auto certificate = parse_certificate(der);
        UCX_CRYPTO_PROMISE(certificate.ok());
        UCX_CRYPTO_PROMISE(!parse_certificate(join(der, as_bytes("x"))).ok());
        UCX_CRYPTO_PROMISE(!parse_certificate(ByteView(der).first(der.size() - 1)).ok());
        pem = join(pem, pem_of(der));
    }
    const auto again = parse_certificates(pem, "input again");
    UCX_CRYPTO_PROMISE(again.ok() && *again == *found);
}

std::vector<Bytes> seeds() {
    const Bytes der = small_certificate();
    const Bytes pem = pem_of(der);
    std::vector<Bytes> all = {der, pem, join(pem, pem), join(as_bytes("any words\n"), pem),
                              join(pem, as_bytes("-----BEGIN CERTIFICATE-----\nAAAA\n"))};
    for (const char* ending : {".der", "_ark.pem"}) {
        for (const Bytes& real : real_files(ending)) {
            all.push_back(real);
        }
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
