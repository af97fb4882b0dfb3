// AES-GCM by libgcrypt.
//
// The library's state belongs to the process, which may use it too, and set it up before or after
// us. So this does no more than gcry_check_version(), as any use of it must: nothing here ends its
// initialisation, starts its pool of secure memory or drops privileges for it. The expanded key
// then lies in the library's ordinary memory, like OpenSSL's, and gcry_cipher_close() wipes it.
#include <gcrypt.h>

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {
namespace {

struct HandleDeleter {
    void operator()(gcry_cipher_hd_t handle) const { gcry_cipher_close(handle); }
};
using Handle = std::unique_ptr<gcry_cipher_handle, HandleDeleter>;

class GcryptCipher final : public Cipher {
  public:
    explicit GcryptCipher(Handle handle) : handle_(std::move(handle)) {}

    bool seal(const NonceBytes& nonce, ByteView associated_data,
              std::span<const ByteView> plaintext, uint8_t* out) override {
        if (!begin(nonce, associated_data)) {
            return false;
        }
        if (total_size(plaintext) <= kGathered) {
            const MutableByteView whole = gather(plaintext, out);
            return (whole.empty() ||
                    gcry_cipher_encrypt(handle_.get(), out, whole.size(), nullptr, 0) == 0) &&
                   take_tag(out + whole.size());
        }
        for (const ByteView part : plaintext) {
            if (!part.empty() && gcry_cipher_encrypt(handle_.get(), out, part.size(), part.data(),
                                                     part.size()) != 0) {
                return false;
            }
            out += part.size();
        }
        return take_tag(out);
    }

    bool open(const NonceBytes& nonce, ByteView associated_data, ByteView sealed,
              uint8_t* out) override {
        if (sealed.size() < kTagSize) {
            return false;
        }
        const ByteView ciphertext = sealed.first(sealed.size() - kTagSize);
        const ByteView tag = sealed.last(kTagSize);
        const bool genuine = begin(nonce, associated_data) &&
                             (ciphertext.empty() ||
                              gcry_cipher_decrypt(handle_.get(), out, ciphertext.size(),
                                                  ciphertext.data(), ciphertext.size()) == 0) &&
                             gcry_cipher_checktag(handle_.get(), tag.data(), tag.size()) == 0;
        if (!genuine) {
            wipe({out, ciphertext.size()});
        }
        return genuine;
    }

  private:
    /// Up to here a copy costs less than a call for each part.
    static constexpr size_t kGathered = 512;

    bool begin(const NonceBytes& nonce, ByteView associated_data) {
        return gcry_cipher_setiv(handle_.get(), nonce.data(), nonce.size()) == 0 &&
               (associated_data.empty() ||
                gcry_cipher_authenticate(handle_.get(), associated_data.data(),
                                         associated_data.size()) == 0);
    }

    bool take_tag(uint8_t* out) { return gcry_cipher_gettag(handle_.get(), out, kTagSize) == 0; }

    Handle handle_;
};

class GcryptProvider final : public Provider {
  public:
    explicit GcryptProvider(bool uses_vaes) : uses_vaes_(uses_vaes) {}

    std::string_view name() const override { return "gcrypt"; }

    std::string description() const override {
#if defined(__x86_64__)
        const char* instructions = uses_vaes_ ? " (VAES, PCLMULQDQ)" : " (AES-NI, PCLMULQDQ)";
#else
        const char* instructions = "";
#endif
        return std::string("libgcrypt ") + gcry_check_version(nullptr) + instructions;
    }

    Result<std::unique_ptr<Cipher>> make_sealing_cipher(Algorithm algorithm,
                                                        const SecretBytes& key) const override {
        return make(algorithm, key);
    }

    Result<std::unique_ptr<Cipher>> make_opening_cipher(Algorithm algorithm,
                                                        const SecretBytes& key) const override {
        return make(algorithm, key);
    }

  private:
    static Result<std::unique_ptr<Cipher>> make(Algorithm algorithm, const SecretBytes& key) {
        UCX_CRYPTO_TRY(check_key_size(algorithm, key));
        const int cipher =
            algorithm == Algorithm::kAes128Gcm ? GCRY_CIPHER_AES128 : GCRY_CIPHER_AES256;
        gcry_cipher_hd_t opened = nullptr;
        gcry_error_t failure = gcry_cipher_open(&opened, cipher, GCRY_CIPHER_MODE_GCM, 0);
        Handle handle(opened);
        if (failure == 0) {
            failure = gcry_cipher_setkey(handle.get(), key.expose().data(), key.size());
        }
        if (failure != 0) {
            return Error(ErrorCode::kInternal, "libgcrypt cannot set up " +
                                                   std::string(to_string(algorithm)) + ": " +
                                                   gcry_strerror(failure));
        }
        return std::unique_ptr<Cipher>(std::make_unique<GcryptCipher>(std::move(handle)));
    }

    bool uses_vaes_;
};

/// Instructions that the library uses: those of the processor less those that its configuration
/// (/etc/gcrypt/hwf.deny) forbids. A colon before and behind each.
std::string instructions() {
    char* text = gcry_get_config(0, "hwflist");
    const std::string found = text != nullptr ? text : "";
    gcry_free(text);
    return found.substr(0, found.find('\n')) + ":";
}

/// Without instructions for AES and for GHASH the library takes to tables, whose use takes a time
/// that depends on keys and data.
const Provider* make_gcrypt_provider() {
    if (gcry_check_version("1.8.0") == nullptr) {
        return nullptr;
    }
    const std::string found = instructions();
    const auto has = [&found](const char* name) {
        return found.find(std::string(":").append(name).append(":")) != std::string::npos;
    };
    if (!(has("intel-aesni") && has("intel-pclmul")) && !(has("arm-aes") && has("arm-pmull"))) {
        return nullptr;
    }
    static const GcryptProvider provider(has("intel-vaes-vpclmul"));
    return &provider;
}

}  // namespace

const Provider* gcrypt_provider() {
    static const Provider* const provider = make_gcrypt_provider();
    return provider;
}

}  // namespace ucx_crypto::aead
