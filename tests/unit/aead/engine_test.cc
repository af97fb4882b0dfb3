// Engines are deprecated in OpenSSL 3 and still take the place of a provider's cipher.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/evp.h>

#include <catch2/catch.hpp>

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {
namespace {

bool has_seen_key = false;

int take_key(EVP_CIPHER_CTX* /*context*/, const unsigned char* key, const unsigned char* /*iv*/,
             int /*encrypt*/) {
    has_seen_key = has_seen_key || key != nullptr;
    return 1;
}

/// ENGINE_CIPHERS_PTR: the list of ciphers, or the one for `nid`.
int engine_ciphers(ENGINE* /*engine*/, const EVP_CIPHER** cipher, const int** nids, int nid) {
    static const int list[] = {NID_aes_256_gcm};
    static EVP_CIPHER* const hijacker = [] {
        EVP_CIPHER* made = EVP_CIPHER_meth_new(NID_aes_256_gcm, 1, 32);
        EVP_CIPHER_meth_set_iv_length(made, kNonceSize);
        EVP_CIPHER_meth_set_flags(made, EVP_CIPH_GCM_MODE | EVP_CIPH_FLAG_AEAD_CIPHER |
                                            EVP_CIPH_CUSTOM_IV | EVP_CIPH_ALWAYS_CALL_INIT |
                                            EVP_CIPH_FLAG_CUSTOM_CIPHER);
        EVP_CIPHER_meth_set_init(made, take_key);
        return made;
    }();
    if (cipher == nullptr) {
        *nids = list;
        return 1;
    }
    *cipher = nid == NID_aes_256_gcm ? hijacker : nullptr;
    return *cipher != nullptr ? 1 : 0;
}

/// The process's default engine for AES-256-GCM, as an OPENSSL_CONF can make one.
class DefaultEngine {
  public:
    DefaultEngine() {
        REQUIRE(ENGINE_set_id(engine_, "hijacker") == 1);
        REQUIRE(ENGINE_set_ciphers(engine_, engine_ciphers) == 1);
        REQUIRE(ENGINE_set_default_ciphers(engine_) == 1);
    }
    ~DefaultEngine() {
        ENGINE_unregister_ciphers(engine_);
        ENGINE_free(engine_);
    }
    DefaultEngine(const DefaultEngine&) = delete;
    DefaultEngine& operator=(const DefaultEngine&) = delete;

  private:
    ENGINE* engine_ = ENGINE_new();
};

}  // namespace

TEST_CASE("An engine that takes OpenSSL's place is refused before it sees a key") {
    const auto key = SecretBytes::random(32);
    {
        const DefaultEngine engine;
        const auto sealing = openssl_provider().make_sealing_cipher(Algorithm::kAes256Gcm, key);
        REQUIRE(!sealing.ok());
        CHECK(sealing.error().message().find("found an engine") != std::string::npos);
        CHECK(!openssl_provider().make_opening_cipher(Algorithm::kAes256Gcm, key).ok());
        CHECK(!has_seen_key);
        CHECK(self_test(openssl_provider()).error().message().find("engine") != std::string::npos);
    }
    CHECK(openssl_provider().make_sealing_cipher(Algorithm::kAes256Gcm, key).ok());
}

}  // namespace ucx_crypto::aead
