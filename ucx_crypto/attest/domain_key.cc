#include "ucx_crypto/attest/domain_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ucx_crypto/attest/file.h"

namespace ucx_crypto::attest {

Result<SecretBytes> read_domain_key(const std::string& path) {
    constexpr size_t kLimit = 4096;  // so that a text file gets the message below
    SecretBytes key = UCX_CRYPTO_TRY(read_protected_file(path, Access::kOwnerOnly, kLimit));
    if (key.size() != kDomainKeySize) {
        return Error(ErrorCode::kInvalidArgument,
                     path + ": expected a domain key of exactly 32 raw bytes, found " +
                         std::to_string(key.size()) +
                         ": make one with (umask 077; head -c 32 /dev/urandom > FILE)");
    }
    return key;
}

Result<Digest> domain_id(const SecretBytes& domain_key) {
    constexpr std::string_view kLabel = "ucx-crypto v1 domain id";
    Digest id{};
    unsigned size = 0;
    const ByteView label = as_bytes(kLabel);
    if (HMAC(EVP_sha256(), domain_key.expose().data(), static_cast<int>(domain_key.size()),
             label.data(), label.size(), id.data(), &size) == nullptr ||
        size != id.size()) {
        return Error(ErrorCode::kInternal, "OpenSSL cannot compute HMAC-SHA-256");
    }
    return id;
}

}  // namespace ucx_crypto::attest
