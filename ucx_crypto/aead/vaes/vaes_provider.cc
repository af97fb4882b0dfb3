#include "ucx_crypto/aead/vaes/vaes_provider.h"

#if defined(__x86_64__)

#include "ucx_crypto/aead/vaes/cpu_support.h"
#include "ucx_crypto/aead/vaes/vaes_cipher.h"

namespace ucx_crypto::aead {
namespace {

class VaesProvider final : public Provider {
  public:
    using BodyFor = const vaes::Body& (*)(int rounds);
    explicit VaesProvider(BodyFor body) : body_(body) {}

    std::string_view name() const override { return "vaes"; }

    std::string description() const override {
        return std::string("ucx-crypto (VAES, VPCLMULQDQ, ") + body_(14).name + ")";
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
        if (key.size() != key_size(algorithm)) {
            return Error(ErrorCode::kInvalidArgument,
                         std::string(to_string(algorithm)) + ": expected a key of " +
                             std::to_string(key_size(algorithm)) + " bytes, found " +
                             std::to_string(key.size()));
        }
        const int rounds = algorithm == Algorithm::kAes128Gcm ? 10 : 14;
        return std::unique_ptr<Cipher>(
            std::make_unique<vaes::VaesCipher>(body_(rounds), key.expose()));
    }

    BodyFor body_;
};

}  // namespace

const Provider* vaes_avx2_provider() {
    static const VaesProvider provider(vaes::avx2_body);
    static const bool runs = vaes::can_run_avx2(vaes::read_cpu_state());
    return runs ? &provider : nullptr;
}

const Provider* vaes_avx512_provider() {
    static const VaesProvider provider(vaes::avx512_body);
    static const bool runs = vaes::can_run_avx512(vaes::read_cpu_state());
    return runs ? &provider : nullptr;
}

const Provider* vaes_provider() {
    const Provider* widest = vaes_avx512_provider();
    return widest != nullptr ? widest : vaes_avx2_provider();
}

}  // namespace ucx_crypto::aead

#else

namespace ucx_crypto::aead {

const Provider* vaes_provider() {
    return nullptr;
}

const Provider* vaes_avx2_provider() {
    return nullptr;
}

const Provider* vaes_avx512_provider() {
    return nullptr;
}

}  // namespace ucx_crypto::aead

#endif
