#include "ucx_crypto/attest/domain_key.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sodium.h>

#include <memory>

#include "ucx_crypto/attest/protected_file.h"
#include "ucx_crypto/base/crypto_library.h"

namespace ucx_crypto::attest {
namespace {

constexpr std::string_view kIdLabel = "ucx-crypto v1 domain id";
constexpr std::string_view kIdentifierInfo = "ucx-crypto v1 domain identifier";

}  // namespace

Result<Digest> domain_id_of(const SecretBytes& key) {
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(
        EVP_KDF_fetch(library, "HKDF", nullptr), EVP_KDF_free);
    const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(
        kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr, EVP_KDF_CTX_free);
    // OSSL_PARAM wants non-const pointers to what it only reads.
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
                                          const_cast<uint8_t*>(key.expose().data()), key.size()),
        OSSL_PARAM_construct_octet_string(
            OSSL_KDF_PARAM_INFO, const_cast<char*>(kIdentifierInfo.data()), kIdentifierInfo.size()),
        OSSL_PARAM_construct_end(),
    };
    WipedArray<32> identifier;
    if (!context ||
        EVP_KDF_derive(context.get(), identifier.data(), identifier.size(), parameters) != 1) {
        return Error(ErrorCode::kInternal, "the domain key's identifier could not be derived");
    }
    Digest id{};
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, as_bytes(kIdLabel).data(), kIdLabel.size());
    crypto_hash_sha256_update(&state, identifier.data(), identifier.size());
    crypto_hash_sha256_final(&state, id.data());
    return id;
}

Result<DomainKey> load_domain_key(const std::string& path) {
    DomainKey domain;
    domain.key = UCX_CRYPTO_TRY(
        read_protected_file(path, "domain key", FileKind::kSecret, 64 * kDomainKeySize));
    if (domain.key.size() != kDomainKeySize) {
        return Error(ErrorCode::kInvalidArgument,
                     "domain key " + path + ": expected exactly " + std::to_string(kDomainKeySize) +
                         " raw bytes, found " + std::to_string(domain.key.size()) +
                         "; make one with: (umask 077; head -c 32 /dev/urandom > FILE)");
    }
    domain.id = UCX_CRYPTO_TRY(domain_id_of(domain.key));
    return domain;
}

}  // namespace ucx_crypto::attest
