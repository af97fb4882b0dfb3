#include "ucx_crypto/base/hash.h"

#include <openssl/evp.h>

#include "ucx_crypto/base/crypto_library.h"

namespace ucx_crypto {
namespace {

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

Status hkdf_expand(ByteView pseudorandom_key, ByteView info, MutableByteView out) {
    if (out.size() > kHashSize) {
        return Error(ErrorCode::kInternal, "HKDF-Expand: expected at most 48 bytes to be wanted");
    }
    Bytes input = to_bytes(info);
    input.push_back(1);  // the block counter
    WipedArray<kHashSize> block;
    UCX_CRYPTO_TRY(hmac_to(pseudorandom_key, input, block.view()));
    std::memcpy(out.data(), block.data(), out.size());
    return success();
}

}  // namespace ucx_crypto
