#include "ucx_crypto/attest/snp/certificate_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <filesystem>

#include "ucx_crypto/attest/bounded_file.h"
#include "ucx_crypto/attest/snp/certificate.h"
#include "ucx_crypto/attest/snp/endorsements.h"
#include "ucx_crypto/attest/snp/no_passphrase.h"

namespace ucx_crypto::attest::snp {
namespace {

constexpr size_t kMaxFileSize = 64 * 1024;
constexpr size_t kMaxCertificates = 8;
constexpr size_t kMaxFiles = 64;

/// The next PEM block of a certificate, whatever stands before it; empty at the end.
Bytes next_pem(BIO* input) {
    uint8_t* data = nullptr;
    long size = 0;
    if (PEM_bytes_read_bio(&data, &size, nullptr, PEM_STRING_X509, input, no_passphrase, nullptr) !=
        1) {
        ERR_clear_error();
        return {};
    }
    Bytes der(data, data + size);
    OPENSSL_free(data);
    return der;
}

struct FileCertificate {
    Bytes der;
    Certificate certificate;
};

Result<std::vector<FileCertificate>> read_folder(const std::string& folder) {
    std::error_code error;
    std::vector<std::string> paths;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string kind = entry->path().extension();
        if (kind == ".pem" || kind == ".der" || kind == ".crt" || kind == ".cert") {
            paths.push_back(entry->path().string());
        }
    }
    if (error || paths.size() > kMaxFiles) {
        return Error(ErrorCode::kNotFound,
                     "certificates " + folder + ": expected a folder of at most " +
                         std::to_string(kMaxFiles) + " certificates, found " +
                         (error ? error.message() : std::to_string(paths.size())));
    }
    std::sort(paths.begin(), paths.end());
    std::vector<FileCertificate> candidates;
    for (const std::string& path : paths) {
        auto certificates = UCX_CRYPTO_TRY(read_certificates(path));
        for (Bytes& der : certificates) {
            auto certificate = UCX_CRYPTO_TRY(parse_certificate(der));
            candidates.push_back({std::move(der), std::move(certificate)});
        }
    }
    return candidates;
}

/// The certificate whose key signed `subject`; else one of its issuer's name, which a verifier then
/// refuses for a reason that says more than "missing".
const FileCertificate* issuer_of(X509* subject, const std::vector<FileCertificate>& candidates) {
    const FileCertificate* found = nullptr;
    for (const FileCertificate& candidate : candidates) {
        X509* const issuer = candidate.certificate.get();
        if (X509_NAME_cmp(X509_get_issuer_name(subject), X509_get_subject_name(issuer)) == 0) {
            if (check_signature(subject, issuer, "any").ok()) {
                return &candidate;
            }
            found = found == nullptr ? &candidate : found;
        }
    }
    return found;
}

}  // namespace

Result<std::vector<Bytes>> parse_certificates(ByteView contents, const std::string& name) {
    constexpr uint8_t kDerSequence = 0x30;
    if (!contents.empty() && contents[0] == kDerSequence) {
        const auto certificate = parse_certificate(contents);
        if (certificate.ok()) {
            return std::vector<Bytes>{to_bytes(contents)};
        }
    }
    const std::unique_ptr<BIO, decltype(&BIO_free)> input(
        BIO_new_mem_buf(contents.data(), static_cast<int>(contents.size())), BIO_free);
    std::vector<Bytes> certificates;
    for (Bytes der = input ? next_pem(input.get()) : Bytes(); !der.empty();
         der = next_pem(input.get())) {
        if (certificates.size() == kMaxCertificates || !parse_certificate(der).ok()) {
            certificates.clear();
            break;
        }
        certificates.push_back(std::move(der));
    }
    if (certificates.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     name + ": expected one certificate in DER or up to " +
                         std::to_string(kMaxCertificates) + " in PEM, found other bytes");
    }
    return certificates;
}

Result<std::vector<Bytes>> read_certificates(const std::string& path) {
    const Bytes contents = UCX_CRYPTO_TRY(read_bounded_file(path, "certificate", kMaxFileSize));
    return parse_certificates(contents, "certificate " + path);
}

Result<Bytes> complete_chain(ByteView leaf, const std::string& folder) {
    const Certificate end = UCX_CRYPTO_TRY(parse_certificate(leaf));
    const auto candidates = UCX_CRYPTO_TRY(read_folder(folder));
    const FileCertificate* intermediate = issuer_of(end.get(), candidates);
    const FileCertificate* root =
        intermediate == nullptr ? nullptr : issuer_of(intermediate->certificate.get(), candidates);
    if (root == nullptr) {
        X509* const orphan = intermediate == nullptr ? end.get() : intermediate->certificate.get();
        return Error(ErrorCode::kNotFound, "certificates " + folder + ": expected the issuer of " +
                                               common_name(X509_get_subject_name(orphan)) + ", " +
                                               common_name(X509_get_issuer_name(orphan)) +
                                               ", found none; add AMD's certificate chain");
    }
    return encode_endorsements({to_bytes(leaf), intermediate->der, root->der});
}

}  // namespace ucx_crypto::attest::snp
