// AES-GCM by OpenSSL's EVP (EVP_EncryptInit(3)).
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <climits>

#include "ucx_crypto/aead/openssl_instructions.h"
#include "ucx_crypto/aead/provider.h"
#include "ucx_crypto/base/crypto_library.h"

namespace ucx_crypto::aead {
namespace {

struct ContextDeleter {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter>;

/// Fetched once: an implicit fetch at each set-up takes a lock and a search. Never freed, like the
/// library context.
const EVP_CIPHER* evp_cipher(OSSL_LIB_CTX* library, Algorithm algorithm) {
    static const EVP_CIPHER* const aes128 = EVP_CIPHER_fetch(library, "AES-128-GCM", nullptr);
    static const EVP_CIPHER* const aes256 = EVP_CIPHER_fetch(library, "AES-256-GCM", nullptr);
    return algorithm == Algorithm::kAes128Gcm ? aes128 : aes256;
}

class OpensslCipher final : public Cipher {
  public:
    explicit OpensslCipher(Context context) : context_(std::move(context)) {}

    bool seal(const NonceBytes& nonce, ByteView associated_data,
              std::span<const ByteView> plaintext, uint8_t* out) override {
        if (!begin(nonce, associated_data)) {
            return false;
        }
        for (const ByteView part : plaintext) {
            if (!update(part, out)) {
                return false;
            }
            out += part.size();
        }
        int size = 0;
        return EVP_CipherFinal_ex(context_.get(), out, &size) == 1 &&
               EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, out) == 1;
    }

    bool open(const NonceBytes& nonce, ByteView associated_data, ByteView sealed,
              uint8_t* out) override {
        if (sealed.size() < kTagSize) {
            return false;
        }
        const ByteView ciphertext = sealed.first(sealed.size() - kTagSize);
        std::array<uint8_t, kTagSize> tag;
        std::memcpy(tag.data(), sealed.data() + ciphertext.size(), kTagSize);
        int size = 0;
        const bool genuine =
            begin(nonce, associated_data) && update(ciphertext, out) &&
            EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1 &&
            EVP_CipherFinal_ex(context_.get(), out + ciphertext.size(), &size) == 1;
        if (!genuine) {
            wipe({out, ciphertext.size()});
        }
        return genuine;
    }

  private:
    bool begin(const NonceBytes& nonce, ByteView associated_data) {
        // Key and direction stay as they were set up: -1 and null leave them.
        if (EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, nonce.data(), -1) != 1) {
            return false;
        }
        return associated_data.empty() || update(associated_data, nullptr);
    }

    bool update(ByteView input, uint8_t* out) {
        int size = 0;
        return input.size() <= INT_MAX &&
               (input.empty() || EVP_CipherUpdate(context_.get(), out, &size, input.data(),
                                                  static_cast<int>(input.size())) == 1);
    }

    Context context_;
};

class OpensslProvider final : public Provider {
  public:
    std::string_view name() const override { return "openssl"; }

    std::string description() const override {
        constexpr unsigned long kFirstWithVaes = 0x30100000L;
        const char* settings = OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS);
        const std::string instructions = openssl_instructions(
            settings != nullptr ? settings : "", OpenSSL_version_num() >= kFirstWithVaes);
        return std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING) +
               (instructions.empty() ? "" : " (" + instructions + ")");
    }

    Result<std::unique_ptr<Cipher>> make_sealing_cipher(Algorithm algorithm,
                                                        const SecretBytes& key) const override {
        return make(algorithm, key, 1);
    }

    Result<std::unique_ptr<Cipher>> make_opening_cipher(Algorithm algorithm,
                                                        const SecretBytes& key) const override {
        return make(algorithm, key, 0);
    }

  private:
    static Result<std::unique_ptr<Cipher>> make(Algorithm algorithm, const SecretBytes& key,
                                                int encrypt) {
        UCX_CRYPTO_TRY(check_key_size(algorithm, key));
        OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
        const EVP_CIPHER* cipher = evp_cipher(library, algorithm);
        Context context(EVP_CIPHER_CTX_new());
        if (cipher == nullptr || context == nullptr ||
            EVP_CipherInit_ex(context.get(), cipher, nullptr, key.expose().data(), nullptr,
                              encrypt) != 1) {
            return Error(ErrorCode::kInternal, "OpenSSL cannot set up " +
                                                   std::string(to_string(algorithm)) + ": " +
                                                   take_openssl_error());
        }
        return std::unique_ptr<Cipher>(std::make_unique<OpensslCipher>(std::move(context)));
    }
};

}  // namespace

const Provider& openssl_provider() {
    static const OpensslProvider provider;
    return provider;
}

}  // namespace ucx_crypto::aead
