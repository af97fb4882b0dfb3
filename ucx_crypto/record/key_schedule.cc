#include "ucx_crypto/record/key_schedule.h"

#include "ucx_crypto/base/hash.h"

namespace ucx_crypto::record {
namespace {

constexpr std::string_view kKeyLabel = "ucx-crypto v1 key";
constexpr std::string_view kIvLabel = "ucx-crypto v1 iv";
constexpr std::string_view kNextLabel = "ucx-crypto v1 next";

}  // namespace

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
