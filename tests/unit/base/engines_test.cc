#define OPENSSL_SUPPRESS_DEPRECATED
#include "ucx_crypto/base/engines.h"

#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <catch2/catch.hpp>

#include "ucx_crypto/base/crypto_library.h"
#include "ucx_crypto/base/hash.h"

namespace ucx_crypto {
namespace {

/// Callbacks of an engine: the list of identifiers, or "there is one" for any of them.
template <typename Method, int... kIdentifiers>
int offer(ENGINE* /*engine*/, Method* method, const int** list, int /*identifier*/) {
    static const int identifiers[] = {kIdentifiers...};
    if (method == nullptr) {
        *list = identifiers;
        return sizeof...(kIdentifiers);
    }
    *method = nullptr;
    return 0;
}

/// An engine "intruder", the process's default for what `offers` are set before make_default().
class Engine {
  public:
    Engine() { REQUIRE(ENGINE_set_id(engine_, "intruder") == 1); }
    ~Engine() {
        ENGINE_unregister_ciphers(engine_);
        ENGINE_unregister_digests(engine_);
        ENGINE_unregister_pkey_meths(engine_);
        ENGINE_unregister_EC(engine_);
        ENGINE_unregister_RSA(engine_);
        ENGINE_free(engine_);
    }
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    ENGINE* get() { return engine_; }
    void make_default() { REQUIRE(ENGINE_set_default(engine_, ENGINE_METHOD_ALL) == 1); }

  private:
    ENGINE* engine_ = ENGINE_new();
};

std::string objection() {
    const Status checked = check_engines();
    return checked.ok() ? "" : checked.error().message();
}

int no_random_bytes(unsigned char* /*out*/, int /*size*/) {
    return 0;
}

}  // namespace

TEST_CASE("Without engines there is nothing to object to") {
    CHECK(objection().empty());
    CHECK(crypto_library().ok());
}

TEST_CASE("An engine that is the default for what we use is refused by name") {
    std::string purpose;
    {
        Engine engine;
        SECTION("AES-GCM") {
            ENGINE_set_ciphers(engine.get(), offer<const EVP_CIPHER*, NID_aes_256_gcm>);
            purpose = "AES-GCM";
        }
        SECTION("SHA-2") {
            ENGINE_set_digests(engine.get(), offer<const EVP_MD*, NID_sha384>);
            purpose = "SHA-2";
        }
        SECTION("X25519") {
            ENGINE_set_pkey_meths(engine.get(), offer<EVP_PKEY_METHOD*, EVP_PKEY_X25519>);
            purpose = "public keys";
        }
        SECTION("elliptic curves") {
            ENGINE_set_EC(engine.get(), EC_KEY_OpenSSL());
            purpose = "elliptic curves";
        }
        SECTION("RSA") {
            ENGINE_set_RSA(engine.get(), RSA_PKCS1_OpenSSL());
            purpose = "RSA";
        }
        engine.make_default();
        CHECK(objection().find("engine intruder") != std::string::npos);
        CHECK(objection().find("own code for " + purpose) != std::string::npos);
        CHECK(!crypto_library().ok());
        CHECK(!sha384({}).ok());
    }
    CHECK(objection().empty());
    CHECK(sha384({}).ok());
}

TEST_CASE("An engine for what we do not use is none of our business") {
    Engine engine;
    ENGINE_set_ciphers(engine.get(), offer<const EVP_CIPHER*, NID_aes_256_cbc>);
    engine.make_default();
    CHECK(objection().empty());
}

TEST_CASE("Another generator of random bytes is refused") {
    const RAND_METHOD generator{nullptr, no_random_bytes, nullptr,
                                nullptr, no_random_bytes, nullptr};
    REQUIRE(RAND_set_rand_method(&generator) == 1);
    const std::string found = objection();
    REQUIRE(RAND_set_rand_method(RAND_OpenSSL()) == 1);
    CHECK(found.find("random bytes") != std::string::npos);
    CHECK(objection().empty());
}

}  // namespace ucx_crypto
