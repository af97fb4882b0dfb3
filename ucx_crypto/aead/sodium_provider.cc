// AES-256-GCM by libsodium, which has it for processors with AES-NI and PCLMULQDQ.
#include <sodium.h>

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {
namespace {

using SodiumState = crypto_aead_aes256gcm_state;
static_assert(alignof(SodiumState) <= 64, "SecretArena aligns to 64 bytes");
static_assert(crypto_aead_aes256gcm_NPUBBYTES == kNonceSize);
static_assert(crypto_aead_aes256gcm_ABYTES == kTagSize);

class SodiumCipher final : public Cipher {
  public:
    explicit SodiumCipher(const SecretBytes& key) : memory_(sizeof(SodiumState)) {
        crypto_aead_aes256gcm_beforenm(&state(), key.expose().data());
    }

    bool seal(const NonceBytes& nonce, ByteView associated_data,
              std::span<const ByteView> plaintext, uint8_t* out) override {
        // There are no calls for parts.
        const ByteView whole = plaintext.size() == 1 ? plaintext[0] : gather(plaintext, out);
        return crypto_aead_aes256gcm_encrypt_detached_afternm(
                   out, out + whole.size(), nullptr, whole.data(), whole.size(),
                   associated_data.data(), associated_data.size(), nullptr, nonce.data(),
                   &state()) == 0;
    }

    bool open(const NonceBytes& nonce, ByteView associated_data, ByteView sealed,
              uint8_t* out) override {
        if (sealed.size() < kTagSize) {
            return false;
        }
        const ByteView ciphertext = sealed.first(sealed.size() - kTagSize);
        std::array<uint8_t, kTagSize> tag;
        std::memcpy(tag.data(), sealed.data() + ciphertext.size(), kTagSize);
        const bool genuine =
            crypto_aead_aes256gcm_decrypt_detached_afternm(
                out, nullptr, ciphertext.data(), ciphertext.size(), tag.data(),
                associated_data.data(), associated_data.size(), nonce.data(), &state()) == 0;
        if (!genuine) {
            wipe({out, ciphertext.size()});
        }
        return genuine;
    }

  private:
    SodiumState& state() {
        return *reinterpret_cast<SodiumState*>(memory_.expose_for_writing().data());
    }

    SecretBytes memory_;
};

class SodiumProvider final : public Provider {
  public:
    std::string_view name() const override { return "sodium"; }

    std::string description() const override {
        return std::string("libsodium ") + sodium_version_string() + " (AES-NI, PCLMULQDQ)";
    }

    bool supports(Algorithm algorithm) const override { return algorithm == Algorithm::kAes256Gcm; }

    Result<std::unique_ptr<Cipher>> make_sealing_cipher(Algorithm algorithm,
                                                        const SecretBytes& key) const override {
        return make(algorithm, key);
    }

    Result<std::unique_ptr<Cipher>> make_opening_cipher(Algorithm algorithm,
                                                        const SecretBytes& key) const override {
        return make(algorithm, key);
    }

  private:
    Result<std::unique_ptr<Cipher>> make(Algorithm algorithm, const SecretBytes& key) const {
        if (!supports(algorithm)) {
            return Error(ErrorCode::kUnsupported,
                         "libsodium: expected AES-256-GCM, its only AES-GCM, found " +
                             std::string(to_string(algorithm)));
        }
        UCX_CRYPTO_TRY(check_key_size(algorithm, key));
        return std::unique_ptr<Cipher>(std::make_unique<SodiumCipher>(key));
    }
};

}  // namespace

const Provider* sodium_provider() {
    static const SodiumProvider provider;
    static const bool available = sodium_init() >= 0 && crypto_aead_aes256gcm_is_available() == 1;
    return available ? &provider : nullptr;
}

}  // namespace ucx_crypto::aead
