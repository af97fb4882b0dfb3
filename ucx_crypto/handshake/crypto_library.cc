#include "ucx_crypto/handshake/crypto_library.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

namespace ucx_crypto::handshake {
namespace {

OSSL_LIB_CTX* make_library() {
    OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
    if (library != nullptr && OSSL_PROVIDER_load(library, "default") == nullptr) {
        OSSL_LIB_CTX_free(library);
        return nullptr;
    }
    return library;
}

Error openssl_failure(std::string_view what) {
    return {ErrorCode::kInternal, std::string(what) + " failed: " + take_openssl_error()};
}

Status digest(const char* name, ByteView data, MutableByteView out) {
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    size_t size = 0;
    if (EVP_Q_digest(library, name, nullptr, data.data(), data.size(), out.data(), &size) != 1 ||
        size != out.size()) {
        return openssl_failure(name);
    }
    return success();
}

Status hmac_to(ByteView key, ByteView data, MutableByteView out) {
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    size_t size = 0;
    if (key.empty() ||
        EVP_Q_mac(library, "HMAC", nullptr, "SHA384", nullptr, key.data(), key.size(), data.data(),
                  data.size(), out.data(), out.size(), &size) == nullptr ||
        size != kHashSize) {
        return openssl_failure("HMAC-SHA-384");
    }
    return success();
}

}  // namespace

Result<OSSL_LIB_CTX*> crypto_library() {
    // Never freed: channels in static storage may outlive every destructor.
    static OSSL_LIB_CTX* const library = make_library();
    if (library == nullptr) {
        return Error(ErrorCode::kInternal,
                     "OpenSSL's default provider could not be loaded: expected an intact OpenSSL "
                     "3 installation");
    }
    return library;
}

std::string take_openssl_error() {
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    std::string text = reason != nullptr ? reason : "no reason given by OpenSSL";
    ERR_clear_error();
    return text;
}

Result<Sha256Digest> sha256(ByteView data) {
    Sha256Digest out{};
    UCX_CRYPTO_TRY(digest("SHA256", data, out));
    return out;
}

Result<Hash> sha384(ByteView data) {
    Hash out{};
    UCX_CRYPTO_TRY(digest("SHA384", data, out));
    return out;
}

Result<Hash> hmac(ByteView key, ByteView data) {
    Hash out{};
    UCX_CRYPTO_TRY(hmac_to(key, data, out));
    return out;
}

Result<SecretBytes> hkdf_extract(ByteView salt, ByteView input_key) {
    SecretBytes out(kHashSize);
    UCX_CRYPTO_TRY(hmac_to(salt, input_key, out.expose_for_writing()));
    return out;
}

Result<SecretBytes> hkdf_expand(const SecretBytes& key, std::string_view label, ByteView context,
                                size_t size) {
    if (size > kHashSize) {
        return Error(ErrorCode::kInternal, "HKDF-Expand: expected at most 48 bytes to be wanted");
    }
    Bytes info = to_bytes(as_bytes(label));
    info.push_back(0);
    info.insert(info.end(), context.begin(), context.end());
    info.push_back(1);  // the block counter
    WipedArray<kHashSize> block;
    UCX_CRYPTO_TRY(hmac_to(key.expose(), info, block.view()));
    return SecretBytes::copy_of(block.view().first(size));
}

}  // namespace ucx_crypto::handshake
