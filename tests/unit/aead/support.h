// What the tests of providers share.
#pragma once

#include <catch2/catch.hpp>

#include "ucx_crypto/aead/selection.h"
#include "ucx_crypto/aead/vaes/vaes_provider.h"

namespace ucx_crypto::aead {

/// Every provider that this build and this processor have, our own at both of its widths.
inline std::vector<const Provider*> available_providers() {
    std::vector<const Provider*> providers;
    for (const Candidate& candidate : candidates()) {
        if (const Provider* provider = candidate.find(); provider != nullptr) {
            providers.push_back(provider);
        }
    }
    if (const Provider* narrow = vaes_avx2_provider();
        narrow != nullptr && narrow != vaes_provider()) {
        providers.push_back(narrow);
    }
    return providers;
}

/// Seals like the wrapped provider and accepts everything: what the self test must catch.
class CarelessProvider final : public Provider {
  public:
    std::string_view name() const override { return "careless"; }
    std::string description() const override { return "Careless"; }
    Result<std::unique_ptr<Cipher>> make_sealing_cipher(Algorithm algorithm,
                                                        const SecretBytes& key) const override {
        return openssl_provider().make_sealing_cipher(algorithm, key);
    }
    Result<std::unique_ptr<Cipher>> make_opening_cipher(Algorithm algorithm,
                                                        const SecretBytes& key) const override {
        struct Careless final : Cipher {
            explicit Careless(std::unique_ptr<Cipher> cipher) : inner(std::move(cipher)) {}
            bool seal(const NonceBytes&, ByteView, std::span<const ByteView>, uint8_t*) override {
                return false;
            }
            bool open(const NonceBytes& nonce, ByteView data, ByteView sealed,
                      uint8_t* out) override {
                static_cast<void>(inner->open(nonce, data, sealed, out));
                return true;
            }
            std::unique_ptr<Cipher> inner;
        };
        return std::unique_ptr<Cipher>(std::make_unique<Careless>(
            UCX_CRYPTO_TRY(openssl_provider().make_opening_cipher(algorithm, key))));
    }
};

}  // namespace ucx_crypto::aead
