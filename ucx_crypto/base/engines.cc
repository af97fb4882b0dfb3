// Engines are deprecated, yet OpenSSL 3 still gives way to them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ucx_crypto/base/engines.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#ifndef OPENSSL_NO_ENGINE
#include <openssl/engine.h>
#endif

namespace ucx_crypto {
namespace {

Error found(const std::string& what, const std::string& purpose) {
    ERR_clear_error();
    return {ErrorCode::kInvalidArgument,
            "OpenSSL: expected its own code for " + purpose + ", found " + what +
                "; take it out of OpenSSL's configuration (OPENSSL_CONF)"};
}

#ifndef OPENSSL_NO_ENGINE
/// Releases the reference that an ENGINE_get_* function gives.
Status expect_none(ENGINE* engine, const std::string& purpose) {
    if (engine == nullptr) [[likely]] {
        return success();
    }
    const char* id = ENGINE_get_id(engine);
    const std::string name = std::string("engine ") + (id != nullptr ? id : "without a name");
    ENGINE_finish(engine);
    return found(name, purpose);
}

Status check_algorithms() {
    for (const int cipher : {NID_aes_128_gcm, NID_aes_256_gcm}) {
        UCX_CRYPTO_TRY(expect_none(ENGINE_get_cipher_engine(cipher), "AES-GCM"));
    }
    for (const int digest : {NID_sha256, NID_sha384}) {
        UCX_CRYPTO_TRY(expect_none(ENGINE_get_digest_engine(digest), "SHA-2"));
    }
    for (const int key :
         {EVP_PKEY_EC, EVP_PKEY_X25519, EVP_PKEY_RSA, EVP_PKEY_RSA_PSS, EVP_PKEY_HMAC}) {
        UCX_CRYPTO_TRY(expect_none(ENGINE_get_pkey_meth_engine(key), "public keys and HMAC"));
    }
    UCX_CRYPTO_TRY(expect_none(ENGINE_get_default_EC(), "elliptic curves"));
    return expect_none(ENGINE_get_default_RSA(), "RSA");
}
#endif

}  // namespace

Status check_engines() {
#ifndef OPENSSL_NO_ENGINE
    UCX_CRYPTO_TRY(check_algorithms());
#endif
    // RAND_bytes_ex() and so every key generation use it, whatever their library context.
    if (RAND_get_rand_method() != RAND_OpenSSL()) [[unlikely]] {
        return found("another generator", "random bytes");
    }
    return success();
}

}  // namespace ucx_crypto
