#include "ucx_crypto/record/key_schedule.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace ucx_crypto::record {
namespace {

constexpr std::string_view kKeyLabel = "ucx-crypto v1 key";
constexpr std::string_view kIvLabel = "ucx-crypto v1 iv";
constexpr std::string_view kNextLabel = "ucx-crypto v1 next";

struct KdfDeleter {
    void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
    void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};

}  // namespace

Status hkdf_expand(ByteView pseudorandom_key, ByteView info, MutableByteView out) {
    const std::unique_ptr<EVP_KDF, KdfDeleter> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    const std::unique_ptr<EVP_KDF_CTX, KdfDeleter> context(
        kdf == nullptr ? nullptr : EVP_KDF_CTX_new(kdf.get()));
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    char digest[] = "SHA384";
    // OSSL_PARAM has no const pointers, though these are only read.
    auto* key = const_cast<uint8_t*>(pseudorandom_key.data());
    auto* label = const_cast<uint8_t*>(info.data());
    const std::array<OSSL_PARAM, 5> parameters{
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key, pseudorandom_key.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, label, info.size()),
        OSSL_PARAM_construct_end()};
    if (context == nullptr ||
        EVP_KDF_derive(context.get(), out.data(), out.size(), parameters.data()) != 1) {
        return Error(ErrorCode::kInternal, "OpenSSL cannot derive keys (HKDF with SHA-384)");
    }
    return success();
}

Result<KeySchedule> KeySchedule::create(TrafficSecret secret) {
    if (secret.secret.size() != kTrafficSecretSize) {
        return Error(ErrorCode::kInvalidArgument, "traffic secret: expected 48 bytes, found " +
                                                      std::to_string(secret.secret.size()));
    }
    return KeySchedule(secret.algorithm, std::move(secret.secret));
}

Result<EpochKeys> KeySchedule::keys() const {
    EpochKeys keys{SecretBytes(aead::key_size(algorithm_)), {}};
    UCX_CRYPTO_TRY(
        hkdf_expand(secret_.expose(), as_bytes(kKeyLabel), keys.key.expose_for_writing()));
    UCX_CRYPTO_TRY(hkdf_expand(secret_.expose(), as_bytes(kIvLabel), keys.static_iv));
    return keys;
}

Status KeySchedule::next_epoch() {
    if (epoch_ == UINT16_MAX) {
        return Error(ErrorCode::kExhausted, "all 65536 epochs of the connection are used up");
    }
    SecretBytes next(kTrafficSecretSize);
    UCX_CRYPTO_TRY(hkdf_expand(secret_.expose(), as_bytes(kNextLabel), next.expose_for_writing()));
    secret_ = std::move(next);
    ++epoch_;
    return success();
}

}  // namespace ucx_crypto::record
