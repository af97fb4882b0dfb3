#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include "support.h"

namespace ucx_crypto::aead {
namespace {

/// Seals as OpenSSL does, except what is longer than any published vector.
class ForgetfulProvider final : public Provider {
  public:
    std::string_view name() const override { return "forgetful"; }
    std::string description() const override { return "Forgetful"; }
    Result<std::unique_ptr<Cipher>> make_sealing_cipher(Algorithm algorithm,
                                                        const SecretBytes& key) const override {
        struct Forgetful final : Cipher {
            explicit Forgetful(std::unique_ptr<Cipher> cipher) : inner(std::move(cipher)) {}
            bool seal(const NonceBytes& nonce, ByteView data, std::span<const ByteView> parts,
                      uint8_t* out) override {
                const bool sealed = inner->seal(nonce, data, parts, out);
                if (total_size(parts) > 4096) {
                    out[4096] ^= 1;
                }
                return sealed;
            }
            bool open(const NonceBytes&, ByteView, ByteView, uint8_t*) override { return false; }
            std::unique_ptr<Cipher> inner;
        };
        return std::unique_ptr<Cipher>(std::make_unique<Forgetful>(
            UCX_CRYPTO_TRY(openssl_provider().make_sealing_cipher(algorithm, key))));
    }
    Result<std::unique_ptr<Cipher>> make_opening_cipher(Algorithm algorithm,
                                                        const SecretBytes& key) const override {
        return openssl_provider().make_opening_cipher(algorithm, key);
    }
};

}  // namespace

TEST_CASE("Every provider of this build passes its self test") {
    for (const Provider* provider : available_providers()) {
        INFO(provider->name());
        const Status outcome = self_test(*provider);
        INFO((outcome.ok() ? "" : outcome.error().message()));
        CHECK(outcome.ok());
    }
}

TEST_CASE("The self test catches a provider that errs in long records only") {
    const Status tested = self_test(ForgetfulProvider());
    REQUIRE(!tested.ok());
    CHECK(tested.error().message().find("4099 bytes") != std::string::npos);
}

TEST_CASE("The self test catches a provider that accepts altered ciphertext") {
    const Status tested = self_test(CarelessProvider());
    REQUIRE(!tested.ok());
    CHECK(tested.error().message().find("altered ciphertext") != std::string::npos);
}

TEST_CASE("Algorithm names are read in any case and others are refused") {
    CHECK(*parse_algorithm("AES256") == Algorithm::kAes256Gcm);
    CHECK(*parse_algorithm("aes-128-gcm") == Algorithm::kAes128Gcm);
    CHECK(*parse_algorithm(to_string(Algorithm::kAes256Gcm)) == Algorithm::kAes256Gcm);
    CHECK(!parse_algorithm("aes").ok());
    CHECK(!parse_algorithm("").ok());
}

TEST_CASE("A key of another size than the algorithm's is refused") {
    for (const Provider* provider : available_providers()) {
        INFO(provider->name());
        CHECK(!provider->make_sealing_cipher(Algorithm::kAes256Gcm, SecretBytes(16)).ok());
        CHECK(!provider->make_opening_cipher(Algorithm::kAes256Gcm, SecretBytes(31)).ok());
        CHECK(!provider->make_sealing_cipher(Algorithm::kAes128Gcm, SecretBytes(32)).ok());
        CHECK(!provider->make_opening_cipher(Algorithm::kAes128Gcm, SecretBytes()).ok());
    }
}

TEST_CASE(
    "No cipher is made, and no key given, while the process has put code in OpenSSL's place") {
    const auto key = SecretBytes::random(32);
    const RAND_METHOD generator{};
    REQUIRE(RAND_set_rand_method(&generator) == 1);
    const auto sealing = openssl_provider().make_sealing_cipher(Algorithm::kAes256Gcm, key);
    const auto opening = openssl_provider().make_opening_cipher(Algorithm::kAes256Gcm, key);
    REQUIRE(RAND_set_rand_method(RAND_OpenSSL()) == 1);
    CHECK(!sealing.ok());
    CHECK(!opening.ok());
    CHECK(openssl_provider().make_sealing_cipher(Algorithm::kAes256Gcm, key).ok());
}

}  // namespace ucx_crypto::aead
