#include "ucx_crypto/base/crypto_library.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include "ucx_crypto/base/engines.h"
#include "ucx_crypto/base/lean_provider.h"

namespace ucx_crypto {
namespace {

struct Libraries {
    OSSL_LIB_CTX* whole = nullptr;
    OSSL_LIB_CTX* lean = nullptr;  // null when one of them could not be made
};

Libraries make_libraries() {
    // Whatever the process's configuration does, it has done before the first check of engines.
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);
    Libraries libraries;
    libraries.whole = OSSL_LIB_CTX_new();
    if (libraries.whole != nullptr) {
        OSSL_PROVIDER* provider = OSSL_PROVIDER_load(libraries.whole, "default");
        libraries.lean = provider != nullptr ? make_lean_library(provider) : nullptr;
    }
    return libraries;
}

Result<OSSL_LIB_CTX*> checked(OSSL_LIB_CTX* Libraries::*library) {
    // Never freed: channels in static storage may outlive every destructor.
    static const Libraries libraries = make_libraries();
    if (libraries.lean == nullptr) {
        return Error(ErrorCode::kInternal,
                     "OpenSSL's default provider could not be loaded: expected an intact OpenSSL "
                     "3 installation");
    }
    UCX_CRYPTO_TRY(check_engines());  // each time: the application may bring one in later
    return libraries.*library;
}

}  // namespace

Result<OSSL_LIB_CTX*> crypto_library() {
    return checked(&Libraries::lean);
}

Result<OSSL_LIB_CTX*> whole_crypto_library() {
    return checked(&Libraries::whole);
}

std::string take_openssl_error() {
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    std::string text = reason != nullptr ? reason : "no reason given by OpenSSL";
    ERR_clear_error();
    return text;
}

}  // namespace ucx_crypto
