#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "ucx_crypto/attest/domain_key.h"
#include "ucx_crypto/attest/emulated_root.h"
#include "ucx_crypto/attest/snp/certificate_chain.h"
#include "ucx_crypto/base/crypto_library.h"

namespace ucx_crypto::attest::emulated {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using snp::Certificate;

constexpr int kRsaBits = 4096;
constexpr long kLifetime = 7L * 365 * 24 * 3600;
constexpr long kClockTolerance = 24L * 3600;  // hosts of one cluster may disagree

Error failed(const std::string& what) {
    return {ErrorCode::kInternal, "emulated root: OpenSSL cannot make " + what};
}

/// Of four primes, which are found many times faster than two; verifiers see no difference.
Key make_rsa(OSSL_LIB_CTX* library) {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(library, "RSA", nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    const bool made = context && EVP_PKEY_keygen_init(context.get()) == 1 &&
                      EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), kRsaBits) == 1 &&
                      EVP_PKEY_CTX_set_rsa_keygen_primes(context.get(), 4) == 1 &&
                      EVP_PKEY_keygen(context.get(), &key) == 1;
    return {made ? key : nullptr, EVP_PKEY_free};
}

bool set_name(X509_NAME* name, const std::string& common_name) {
    const auto add = [name](const char* field, const std::string& value) {
        return X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC,
                                          reinterpret_cast<const uint8_t*>(value.data()),
                                          static_cast<int>(value.size()), -1, 0) == 1;
    };
    return add("OU", "Emulated, for tests only") && add("O", "ucx-crypto") &&
           add("CN", common_name);
}

bool add_standard(X509* certificate, int nid, const char* value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value), X509_EXTENSION_free);
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_amd(X509* certificate, const std::string& suffix, ByteView value) {
    const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> object(
        OBJ_txt2obj(("1.3.6.1.4.1.3704.1." + suffix).c_str(), 1), ASN1_OBJECT_free);
    const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> contents(
        ASN1_OCTET_STRING_new(), ASN1_OCTET_STRING_free);
    if (!object || !contents ||
        ASN1_OCTET_STRING_set(contents.get(), value.data(), static_cast<int>(value.size())) != 1) {
        return false;
    }
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, contents.get()),
        X509_EXTENSION_free);
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_level(X509* certificate, const std::string& suffix, uint8_t level) {
    const uint8_t der[] = {2, 1, level};  // levels of the emulation are below 128
    return add_amd(certificate, suffix, der);
}

bool add_leaf_extensions(X509* leaf) {
    uint8_t chip[64];
    randombytes_buf(chip, sizeof chip);
    const uint8_t product[] = {0x16, 8, 'M', 'i', 'l', 'a', 'n', '-', 'B', '0'};
    return add_level(leaf, "1", 0) && add_amd(leaf, "2", product) && add_level(leaf, "3.1", 4) &&
           add_level(leaf, "3.2", 0) && add_level(leaf, "3.3", 24) && add_level(leaf, "3.8", 100) &&
           add_amd(leaf, "4", chip);
}

bool sign(OSSL_LIB_CTX* library, X509* certificate, EVP_PKEY* key) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;  // owned by context
    return context &&
           EVP_DigestSignInit_ex(context.get(), &parameters, "SHA384", library, nullptr, key,
                                 nullptr) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md_name(parameters, "SHA384", nullptr) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 48) == 1 &&
           X509_sign_ctx(certificate, context.get()) > 0;
}

Result<Bytes> make_certificate(const std::string& name, EVP_PKEY* key, const std::string& issuer,
                               EVP_PKEY* issuer_key, bool authority) {
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    const Certificate certificate(X509_new_ex(library, nullptr));
    X509* const raw = certificate.get();
    if (raw == nullptr || X509_set_version(raw, X509_VERSION_3) != 1 ||
        ASN1_INTEGER_set(X509_get_serialNumber(raw), authority ? 1 : 0) != 1 ||
        X509_gmtime_adj(X509_getm_notBefore(raw), -kClockTolerance) == nullptr ||
        X509_gmtime_adj(X509_getm_notAfter(raw), kLifetime) == nullptr ||
        !set_name(X509_get_subject_name(raw), name) ||
        !set_name(X509_get_issuer_name(raw), issuer) || X509_set_pubkey(raw, key) != 1) {
        return failed("certificate " + name);
    }
    const bool extended = authority
                              ? add_standard(raw, NID_basic_constraints, "critical,CA:TRUE") &&
                                    add_standard(raw, NID_key_usage, "critical,keyCertSign,cRLSign")
                              : add_leaf_extensions(raw);
    if (!extended || !sign(library, raw, issuer_key)) {
        return failed("certificate " + name);
    }
    uint8_t* der = nullptr;
    const int size = i2d_X509(raw, &der);
    if (size <= 0) {
        return failed("certificate " + name);
    }
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

Status make_directory(const std::string& directory) {
    struct stat status {};
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        return Error(ErrorCode::kIo, directory + ": cannot be made: " + std::strerror(errno));
    }
    if (lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid != geteuid() || (status.st_mode & 077) != 0) {
        return Error(ErrorCode::kPermission,
                     directory +
                         ": expected a folder of this user with mode 0700, found another; "
                         "name a new folder");
    }
    return success();
}

Status write_file(const std::string& path, ByteView contents) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) {
        return Error(ErrorCode::kIo, path + ": cannot be made: " + std::strerror(errno) +
                                         "; existing roots are not overwritten, name a new folder");
    }
    size_t done = 0;
    bool good = true;
    while (good && done < contents.size()) {
        const ssize_t count = write(file, contents.data() + done, contents.size() - done);
        good = count > 0 || (count < 0 && errno == EINTR);
        done += count > 0 ? static_cast<size_t>(count) : 0;
    }
    good = close(file) == 0 && good;
    return good ? success()
                : Status(Error(ErrorCode::kIo, path + ": cannot be written completely"));
}

Result<SecretBytes> private_key_der(EVP_PKEY* key) {
    const std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype(&PKCS8_PRIV_KEY_INFO_free)> info(
        EVP_PKEY2PKCS8(key), PKCS8_PRIV_KEY_INFO_free);
    uint8_t* der = nullptr;
    const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der) : 0;
    if (size <= 0) {
        return failed("the private key's encoding");
    }
    SecretBytes bytes = SecretBytes::copy_of({der, static_cast<size_t>(size)});
    OPENSSL_clear_free(der, static_cast<size_t>(size));
    return bytes;
}

Result<InitResult> create_checked(const std::string& path) {
    UCX_CRYPTO_TRY(make_directory(path));
    const std::string directory = std::filesystem::canonical(path).string();
    const auto file = [&directory](const char* name) { return directory + "/" + name; };
    for (const char* name : {kEndorsementsFile, kKeyFile, kPolicyFile, kDomainKeyFile}) {
        if (std::filesystem::exists(std::filesystem::symlink_status(file(name)))) {
            return Error(ErrorCode::kInvalidArgument, file(name) +
                                                          " exists: expected a folder "
                                                          "without a root; name a new one");
        }
    }
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    const Key ark = make_rsa(library);
    const Key ask = make_rsa(library);
    const Key vcek(EVP_PKEY_Q_keygen(library, nullptr, "EC", "P-384"), EVP_PKEY_free);
    if (!ark || !ask || !vcek) {
        return failed("keys");
    }
    const Bytes root =
        UCX_CRYPTO_TRY(make_certificate("ARK-Milan", ark.get(), "ARK-Milan", ark.get(), true));
    const Bytes middle =
        UCX_CRYPTO_TRY(make_certificate("SEV-Milan", ask.get(), "ARK-Milan", ark.get(), true));
    const Bytes leaf =
        UCX_CRYPTO_TRY(make_certificate("SEV-VCEK", vcek.get(), "SEV-Milan", ask.get(), false));
    const SecretBytes key = UCX_CRYPTO_TRY(private_key_der(vcek.get()));
    UCX_CRYPTO_TRY(
        write_file(file(kEndorsementsFile), snp::encode_endorsements({leaf, middle, root})));
    UCX_CRYPTO_TRY(write_file(file(kKeyFile), key.expose()));
    UCX_CRYPTO_TRY(write_file(file(kPolicyFile), as_bytes("{\n  \"allow_emulated\": true\n}\n")));
    UCX_CRYPTO_TRY(write_file(file(kDomainKeyFile), SecretBytes::random(kDomainKeySize).expose()));
    return InitResult{directory, file(kPolicyFile), file(kDomainKeyFile)};
}

}  // namespace

Result<InitResult> create_root(const std::string& directory) {
    try {
        return create_checked(directory);
    } catch (const std::exception& failure) {
        return Error(ErrorCode::kIo, "emulated root: " + std::string(failure.what()));
    }
}

}  // namespace ucx_crypto::attest::emulated
