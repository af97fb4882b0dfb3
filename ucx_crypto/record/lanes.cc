#include "ucx_crypto/record/lanes.h"

namespace ucx_crypto::record {

aead::Cipher* Lanes::cipher(unsigned lane, size_t size) noexcept try {
    std::optional<aead::SizedCipher>& own = ciphers_[lane];
    if (!own) {
        auto made = make_cipher_(selection_, key_);
        if (!made.ok()) {
            return nullptr;
        }
        own.emplace(std::move(made).value());
    }
    return &own->for_size(size);
} catch (const std::bad_alloc&) {
    return nullptr;
}

}  // namespace ucx_crypto::record
