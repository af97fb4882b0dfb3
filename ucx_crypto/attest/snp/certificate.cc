#include "ucx_crypto/attest/snp/certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sodium.h>
#include <algorithm>

#include "ucx_crypto/base/crypto_library.h"

namespace ucx_crypto::attest::snp {
namespace {

constexpr int kRsaBits = 4096;
constexpr int kSaltSize = 48;

}  // namespace

Error bad_certificate(std::string_view which, const std::string& expected,
                      const std::string& found) {
    ERR_clear_error();
    return {ErrorCode::kAuthentication,
            std::string(which) + " certificate: expected " + expected + ", found " + found};
}

Result<Certificate> parse_certificate(ByteView der) {
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    // d2i_X509 decodes the key in the library context of the certificate that it fills. On an error
    // it may have freed that one, and then leaves nullptr.
    X509* raw = X509_new_ex(library, nullptr);
    const uint8_t* position = der.data();
    const bool decoded =
        raw != nullptr && d2i_X509(&raw, &position, static_cast<long>(der.size())) != nullptr;
    Certificate certificate(raw);
    if (!decoded || position != der.data() + der.size()) {
        return bad_certificate("each", "exactly one DER certificate", "other bytes");
    }
    return certificate;
}

Result<Digest> spki_hash(const X509* certificate) {
    uint8_t* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (size <= 0) {
        return bad_certificate("a", "an encodable public key", "none");
    }
    Digest digest{};
    crypto_hash_sha256(digest.data(), der, static_cast<size_t>(size));
    OPENSSL_free(der);
    return digest;
}

std::string common_name(const X509_NAME* name) {
    const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (index < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, index) >= 0) {
        return "";
    }
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<size_t>(ASN1_STRING_length(value))};
}

Status check_form(X509* certificate, std::string_view which) {
    const uint32_t flags = X509_get_extension_flags(certificate);
    if (X509_get_version(certificate) != X509_VERSION_3 || (flags & EXFLAG_INVALID) != 0 ||
        (flags & EXFLAG_CRITICAL) != 0) {
        return bad_certificate(which, "a version 3 certificate without unknown critical extensions",
                               "another one");
    }
    return success();
}

Status check_authority(X509* certificate, std::string_view which) {
    constexpr int kBasicConstraintsCa = 1;  // X509_check_ca: v3 with basicConstraints CA:TRUE
    const bool may_sign = (X509_get_extension_flags(certificate) & EXFLAG_KUSAGE) == 0 ||
                          (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
    if (X509_check_ca(certificate) != kBasicConstraintsCa || !may_sign) {
        return bad_certificate(which, "one that may sign certificates", "one that may not");
    }
    return success();
}

std::chrono::system_clock::time_point utc_time(tm utc) {
    using Clock = std::chrono::system_clock;
    const std::chrono::seconds seconds(timegm(&utc));
    constexpr auto kFirst = std::chrono::ceil<std::chrono::seconds>(Clock::duration::min());
    constexpr auto kLast = std::chrono::floor<std::chrono::seconds>(Clock::duration::max());
    return Clock::time_point(std::clamp(seconds, kFirst, kLast));
}

Result<Validity> check_validity(X509* certificate, std::chrono::system_clock::time_point now,
                                std::string_view which) {
    std::tm start{};
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &start) != 1 ||
        ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) {
        return bad_certificate(which, "a readable start and end of validity", "another");
    }
    const Validity validity{utc_time(start), utc_time(end)};
    if (now <= validity.start) {
        return bad_certificate(which, "a start of validity before now", "a later one");
    }
    if (now >= validity.end) {
        return bad_certificate(which, "an end of validity after now", "an earlier one");
    }
    return validity;
}

Status check_pss_signature(ByteView signed_part, const ASN1_BIT_STRING& signature,
                           const X509_ALGOR& algorithm, X509* issuer, std::string_view which) {
    EVP_PKEY* key = X509_get0_pubkey(issuer);
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
        EVP_PKEY_get_bits(key) != kRsaBits) {
        return bad_certificate(which, "an issuer with an RSA key of 4096 bits", "another key");
    }
    if (OBJ_obj2nid(algorithm.algorithm) != NID_rsassaPss) {
        return bad_certificate(which, "an RSASSA-PSS signature", "another algorithm");
    }
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    EVP_PKEY_CTX* parameters = nullptr;  // owned by context
    const bool valid =
        context &&
        EVP_DigestVerifyInit_ex(context.get(), &parameters, "SHA384", library, nullptr, key,
                                nullptr) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
        EVP_PKEY_CTX_set_rsa_mgf1_md_name(parameters, "SHA384", nullptr) == 1 &&
        EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, kSaltSize) == 1 &&
        EVP_DigestVerify(context.get(), signature.data, static_cast<size_t>(signature.length),
                         signed_part.data(), signed_part.size()) == 1;
    return valid ? success()
                 : Status(bad_certificate(which,
                                          "a PSS signature of its issuer with SHA-384 and salt 48",
                                          "one that does not verify"));
}

Status check_signature(X509* certificate, X509* issuer, std::string_view which) {
    const ASN1_BIT_STRING* signature = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    X509_get0_signature(&signature, &algorithm, certificate);
    if (X509_ALGOR_cmp(algorithm, X509_get0_tbs_sigalg(certificate)) != 0) {
        return bad_certificate(which, "one signature algorithm", "two");
    }
    uint8_t* signed_part = nullptr;
    const int size = i2d_re_X509_tbs(certificate, &signed_part);
    const std::unique_ptr<uint8_t, void (*)(uint8_t*)> owner(
        signed_part, [](uint8_t* memory) { OPENSSL_free(memory); });
    if (size <= 0) {
        return bad_certificate(which, "a signed part", "none");
    }
    return check_pss_signature({signed_part, static_cast<size_t>(size)}, *signature, *algorithm,
                               issuer, which);
}

}  // namespace ucx_crypto::attest::snp
