#include "ucx_crypto/base/crypto_library.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include "ucx_crypto/base/engines.h"

namespace ucx_crypto {
namespace {

OSSL_LIB_CTX* make_library() {
    // Whatever the process's configuration does, it has done before the first check of engines.
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);
    OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
    if (library != nullptr && OSSL_PROVIDER_load(library, "default") == nullptr) {
        OSSL_LIB_CTX_free(library);
        return nullptr;
    }
    return library;
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
    UCX_CRYPTO_TRY(check_engines());  // each time: the application may bring one in later
    return library;
}

std::string take_openssl_error() {
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    std::string text = reason != nullptr ? reason : "no reason given by OpenSSL";
    ERR_clear_error();
    return text;
}

}  // namespace ucx_crypto
