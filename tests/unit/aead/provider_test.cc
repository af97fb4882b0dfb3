#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {
namespace {

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

}  // namespace

TEST_CASE("The selected provider has passed its self test") {
    const auto provider = selected_provider();
    REQUIRE(provider.ok());
    CHECK(self_test(**provider).ok());
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
    CHECK(!openssl_provider().make_sealing_cipher(Algorithm::kAes256Gcm, SecretBytes(16)).ok());
    CHECK(!openssl_provider().make_opening_cipher(Algorithm::kAes128Gcm, SecretBytes(32)).ok());
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

TEST_CASE("Scattered parts seal to the same bytes as the whole, also in place") {
    const auto key = SecretBytes::random(32);
    const auto cipher = openssl_provider().make_sealing_cipher(Algorithm::kAes256Gcm, key).value();
    Bytes plaintext(1000);
    for (size_t i = 0; i < plaintext.size(); ++i) {
        plaintext[i] = static_cast<uint8_t>(i * 7);
    }
    const NonceBytes nonce{1, 2, 3};
    const ByteView whole(plaintext);
    Bytes expected(plaintext.size() + kTagSize);
    REQUIRE(cipher->seal(nonce, {}, {&whole, 1}, expected.data()));

    for (const size_t cut : {size_t{0}, size_t{1}, size_t{15}, size_t{16}, size_t{999}}) {
        const std::array<ByteView, 2> parts{whole.first(cut), whole.subspan(cut)};
        Bytes sealed(expected.size());
        REQUIRE(cipher->seal(nonce, {}, parts, sealed.data()));
        CHECK(sealed == expected);
    }
    Bytes in_place = plaintext;
    in_place.resize(expected.size());
    const ByteView part(in_place.data(), plaintext.size());
    REQUIRE(cipher->seal(nonce, {}, {&part, 1}, in_place.data()));
    CHECK(in_place == expected);
}

TEST_CASE("A ciphertext that does not verify leaves zeros, whichever bit was altered") {
    const auto key = SecretBytes::random(16);
    const auto sealing = openssl_provider().make_sealing_cipher(Algorithm::kAes128Gcm, key).value();
    const auto opening = openssl_provider().make_opening_cipher(Algorithm::kAes128Gcm, key).value();
    const Bytes plaintext(33, 0x5a);
    const ByteView part(plaintext);
    const NonceBytes nonce{};
    Bytes sealed(plaintext.size() + kTagSize);
    REQUIRE(sealing->seal(nonce, as_bytes("header"), {&part, 1}, sealed.data()));
    for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        Bytes altered = sealed;
        altered[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
        REQUIRE(!opening->open(nonce, as_bytes("header"), altered, altered.data()));
        REQUIRE(std::all_of(altered.begin(), altered.end() - kTagSize,
                            [](uint8_t byte) { return byte == 0; }));
    }
    CHECK(!opening->open(nonce, as_bytes("Header"), Bytes(sealed), Bytes(sealed).data()));
    CHECK(opening->open(nonce, as_bytes("header"), sealed, sealed.data()));
}

}  // namespace ucx_crypto::aead
