#include "ucx_crypto/base/crypto_library.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>

namespace ucx_crypto {
namespace {

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

TEST_CASE("An OpenSSL error is told once and leaves the queue empty") {
    ERR_clear_error();
    CHECK(take_openssl_error() == "no reason given by OpenSSL");
    ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
    CHECK(take_openssl_error() == "bad decrypt");
    CHECK(ERR_peek_error() == 0);
}

}  // namespace ucx_crypto
