// AES-GCM by intel-ipsec-mb, which has code for SSE, AVX, AVX2, AVX-512, and for VAES with AVX-512.
#include <intel-ipsec-mb.h>

#include "ucx_crypto/aead/provider.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::aead {
namespace {

/// The library's functions for one algorithm and this processor.
struct Functions {
    aes_gcm_pre_t expand_key;
    aes_gcm_enc_dec_t seal;
    aes_gcm_enc_dec_t open;
    aes_gcm_init_t begin;
    aes_gcm_enc_dec_update_t seal_part;
    aes_gcm_enc_dec_finalize_t finish;
};

struct Library {
    Functions aes128;
    Functions aes256;
    uint64_t features;

    const Functions& functions(Algorithm algorithm) const {
        return algorithm == Algorithm::kAes128Gcm ? aes128 : aes256;
    }
};

/// Expanded key and the state of one operation, both secret.
struct IpsecMbState {
    gcm_key_data key;
    gcm_context_data context;
};
static_assert(alignof(IpsecMbState) <= 64, "SecretArena aligns to 64 bytes");
static_assert(sizeof(IpsecMbState) <= 1152, "it is part of what an idle connection costs");

/// In constant time, and in a few instructions: equal_constant_time() goes byte by byte.
bool same_tag(const uint8_t* a, const uint8_t* b) {
    std::array<uint64_t, 2> words_a;
    std::array<uint64_t, 2> words_b;
    static_assert(sizeof(words_a) == kTagSize);
    std::memcpy(words_a.data(), a, kTagSize);
    std::memcpy(words_b.data(), b, kTagSize);
    return ((words_a[0] ^ words_b[0]) | (words_a[1] ^ words_b[1])) == 0;
}

class IpsecMbCipher final : public Cipher {
  public:
    IpsecMbCipher(const Functions& functions, const SecretBytes& key)
        : functions_(functions), memory_(sizeof(IpsecMbState)) {
        functions_.expand_key(key.expose().data(), &state().key);
    }

    bool seal(const NonceBytes& nonce, ByteView associated_data,
              std::span<const ByteView> plaintext, uint8_t* out) override {
        if (plaintext.size() <= 1) {
            const ByteView whole = plaintext.empty() ? ByteView() : plaintext[0];
            seal_whole(nonce, associated_data, whole, out);
            return true;
        }
        if (total_size(plaintext) <= kGathered) {
            seal_whole(nonce, associated_data, gather(plaintext, out), out);
            return true;
        }
        functions_.begin(&state().key, &state().context, nonce.data(), associated_data.data(),
                         associated_data.size());
        for (const ByteView part : plaintext) {
            if (!part.empty()) {
                functions_.seal_part(&state().key, &state().context, out, part.data(), part.size());
                out += part.size();
            }
        }
        functions_.finish(&state().key, &state().context, out, kTagSize);
        return true;
    }

    bool open(const NonceBytes& nonce, ByteView associated_data, ByteView sealed,
              uint8_t* out) override {
        if (sealed.size() < kTagSize) {
            return false;
        }
        const ByteView ciphertext = sealed.first(sealed.size() - kTagSize);
        std::array<uint8_t, kTagSize> tag;
        functions_.open(&state().key, &state().context, out, ciphertext.data(), ciphertext.size(),
                        nonce.data(), associated_data.data(), associated_data.size(), tag.data(),
                        tag.size());
        const bool genuine = same_tag(tag.data(), sealed.data() + ciphertext.size());
        if (!genuine) {
            wipe(tag);  // what the forger lacks
            wipe({out, ciphertext.size()});
        }
        return genuine;
    }

  private:
    /// Up to here a copy costs less than the calls for each part.
    static constexpr size_t kGathered = 1024;

    IpsecMbState& state() {
        return *reinterpret_cast<IpsecMbState*>(memory_.expose_for_writing().data());
    }

    void seal_whole(const NonceBytes& nonce, ByteView associated_data, ByteView whole,
                    uint8_t* out) {
        functions_.seal(&state().key, &state().context, out, whole.data(), whole.size(),
                        nonce.data(), associated_data.data(), associated_data.size(),
                        out + whole.size(), kTagSize);
    }

    const Functions& functions_;
    SecretBytes memory_;
};

class IpsecMbProvider final : public Provider {
  public:
    explicit IpsecMbProvider(const Library& library) : library_(library) {}

    std::string_view name() const override { return "ipsec-mb"; }

    std::string description() const override {
        constexpr uint64_t kWide =
            IMB_FEATURE_VAES | IMB_FEATURE_VPCLMULQDQ | IMB_FEATURE_AVX512_SKX;
        const bool wide = (library_.features & kWide) == kWide;
        return std::string("intel-ipsec-mb ") + imb_get_version_str() +
               (wide ? " (VAES, VPCLMULQDQ)" : " (AES-NI, PCLMULQDQ)");
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
    Result<std::unique_ptr<Cipher>> make(Algorithm algorithm, const SecretBytes& key) const {
        UCX_CRYPTO_TRY(check_key_size(algorithm, key));
        return std::unique_ptr<Cipher>(
            std::make_unique<IpsecMbCipher>(library_.functions(algorithm), key));
    }

    Library library_;
};

struct ManagerDeleter {
    void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
};

/// The manager chooses code for the processor and runs the library's own self test. Its function
/// pointers are all that is needed of it: its job queues are not used.
const Provider* make_ipsec_mb_provider() {
    const std::unique_ptr<IMB_MGR, ManagerDeleter> manager(alloc_mb_mgr(0));
    if (manager == nullptr) {
        return nullptr;
    }
    init_mb_mgr_auto(manager.get(), nullptr);
    constexpr uint64_t kNeeded = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
    if (const int failure = imb_get_errno(manager.get()); failure != 0) {
        UCX_CRYPTO_WARN("intel-ipsec-mb is not used: it reports \"%s\"", imb_get_strerror(failure));
        return nullptr;
    }
    if ((manager->features & kNeeded) != kNeeded ||
        (manager->features & IMB_FEATURE_AESNI_EMU) != 0) {
        return nullptr;
    }
    static const IpsecMbProvider provider(
        {{manager->gcm128_pre, manager->gcm128_enc, manager->gcm128_dec, manager->gcm128_init,
          manager->gcm128_enc_update, manager->gcm128_enc_finalize},
         {manager->gcm256_pre, manager->gcm256_enc, manager->gcm256_dec, manager->gcm256_init,
          manager->gcm256_enc_update, manager->gcm256_enc_finalize},
         manager->features});
    return &provider;
}

}  // namespace

const Provider* ipsec_mb_provider() {
    static const Provider* const provider = make_ipsec_mb_provider();
    return provider;
}

}  // namespace ucx_crypto::aead
