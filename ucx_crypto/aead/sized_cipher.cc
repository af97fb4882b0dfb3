#include "ucx_crypto/aead/sized_cipher.h"

namespace ucx_crypto::aead {

Result<SizedCipher> SizedCipher::make(const Selection& selection, const SecretBytes& key,
                                      MakeCipher make_cipher) {
    auto small = UCX_CRYPTO_TRY((selection.small->*make_cipher)(selection.algorithm, key));
    if (selection.small == selection.large) {
        return SizedCipher(SIZE_MAX, std::move(small), nullptr);
    }
    auto large = UCX_CRYPTO_TRY((selection.large->*make_cipher)(selection.algorithm, key));
    return SizedCipher(selection.first_large, std::move(small), std::move(large));
}

}  // namespace ucx_crypto::aead
