#include "ucx_crypto/base/crypto_library.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <tuple>

namespace ucx_crypto {
namespace {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

bool has_aes_gcm(OSSL_LIB_CTX* library) {
    const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher(
        EVP_CIPHER_fetch(library, "AES-256-GCM", nullptr), EVP_CIPHER_free);
    ERR_clear_error();
    return cipher != nullptr;
}

}  // namespace

TEST_CASE("The library context has its algorithms whatever OPENSSL_CONF says") {
    // Without this the runs under that configuration would promise nothing.
    if (std::getenv("UCX_CRYPTO_TEST_WITHOUT_ALGORITHMS") != nullptr) {
        REQUIRE_FALSE(has_aes_gcm(nullptr));
    }
    const auto library = crypto_library();
    REQUIRE(library.ok());
    CHECK(has_aes_gcm(*library));
    CHECK(*crypto_library() == *library);
}

TEST_CASE("Public keys of P-256, P-384 and RSA are decoded, others are not") {
    OSSL_LIB_CTX* whole = whole_crypto_library().value();
    for (const auto& [type, argument, decoded] : {std::tuple("EC", "P-256", true),
                                                  {"EC", "P-384", true},
                                                  {"RSA", "", true},
                                                  {"ED25519", "", false},
                                                  {"X448", "", false}}) {
        CAPTURE(type, argument);
        const std::string_view name = type;
        const Key key(name == "RSA"  ? EVP_PKEY_Q_keygen(whole, nullptr, type, size_t{2048})
                      : name == "EC" ? EVP_PKEY_Q_keygen(whole, nullptr, type, argument)
                                     : EVP_PKEY_Q_keygen(whole, nullptr, type));
        REQUIRE(key);
        unsigned char* der = nullptr;
        const int size = i2d_PUBKEY(key.get(), &der);
        REQUIRE(size > 0);
        const unsigned char* position = der;
        const Key found(d2i_PUBKEY_ex(nullptr, &position, size, crypto_library().value(), nullptr));
        OPENSSL_free(der);
        ERR_clear_error();
        CHECK((found != nullptr) == decoded);
        CHECK((!found || EVP_PKEY_eq(found.get(), key.get()) == 1));
    }
}

TEST_CASE("An OpenSSL error is told once and leaves the queue empty") {
    ERR_clear_error();
    CHECK(take_openssl_error() == "no reason given by OpenSSL");
    ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
    CHECK(take_openssl_error() == "bad decrypt");
    CHECK(ERR_peek_error() == 0);
}

}  // namespace ucx_crypto
