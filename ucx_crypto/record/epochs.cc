#include "ucx_crypto/record/epochs.h"

namespace ucx_crypto::record {

Result<Epochs> Epochs::create(TrafficSecret secret, EpochLimits limits,
                              Lanes::MakeCipher make_cipher) {
    const aead::Selection selection =
        UCX_CRYPTO_TRY(aead::selection(secret.algorithm, secret.aead));
    Epochs epochs(UCX_CRYPTO_TRY(KeySchedule::create(std::move(secret))), selection, limits,
                  make_cipher);
    UCX_CRYPTO_TRY(epochs.set_up());
    return epochs;
}

Status Epochs::advance() {
    UCX_CRYPTO_TRY(schedule_.next_epoch());
    return set_up();
}

Status Epochs::set_up() {
    const EpochKeys keys = UCX_CRYPTO_TRY(schedule_.keys());
    cipher_ = UCX_CRYPTO_TRY(make_cipher_(selection_, keys.key));
    nonces_ = NonceSequence(keys.static_iv);
    bytes_ = 0;
    lanes_.reset();
    return success();
}

Result<std::shared_ptr<Lanes>> Epochs::lanes() {
    if (!lanes_) {
        EpochKeys keys = UCX_CRYPTO_TRY(schedule_.keys());
        lanes_ = std::make_shared<Lanes>(selection_, std::move(keys.key), make_cipher_);
    }
    return lanes_;
}

}  // namespace ucx_crypto::record
