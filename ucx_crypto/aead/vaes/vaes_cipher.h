// A key and the body of the kernel that works with it.
#pragma once

#include "ucx_crypto/aead/provider.h"
#include "ucx_crypto/aead/vaes/body.h"

namespace ucx_crypto::aead::vaes {

class VaesCipher final : public Cipher {
  public:
    /// `key` has the size that `body` is for: 16 or 32 bytes.
    VaesCipher(const Body& body, ByteView key);
    ~VaesCipher() override;
    VaesCipher(const VaesCipher&) = delete;
    VaesCipher& operator=(const VaesCipher&) = delete;

    bool seal(const NonceBytes& nonce, ByteView associated_data,
              std::span<const ByteView> plaintext, uint8_t* out) override;
    bool open(const NonceBytes& nonce, ByteView associated_data, ByteView sealed,
              uint8_t* out) override;

  private:
    void seal_scattered(const NonceBytes& nonce, ByteView associated_data,
                        std::span<const ByteView> plaintext, size_t size, uint8_t* out);

    const Body& body_;
    KeyState* key_;  // in the locked arena
};

}  // namespace ucx_crypto::aead::vaes
