// ucx_crypto/status.h and version.h
#include "ucx_crypto/status.h"

#include "ucx_crypto/api/failure.h"

#define UCX_CRYPTO_TEXT_OF(value) #value
#define UCX_CRYPTO_TEXT(value) UCX_CRYPTO_TEXT_OF(value)

namespace ucx_crypto::api {
namespace {

std::string& last_error() {
    thread_local std::string message;
    return message;
}

}  // namespace

ucx_crypto_status_t fail(ucx_crypto_status_t status, const std::string& message) {
    try {
        last_error() = message;
    } catch (const std::bad_alloc&) {
        last_error().clear();
    }
    return status;
}

}  // namespace ucx_crypto::api

extern "C" {

const char* ucx_crypto_version() {
    return UCX_CRYPTO_TEXT(UCX_CRYPTO_VERSION_MAJOR) "." UCX_CRYPTO_TEXT(
        UCX_CRYPTO_VERSION_MINOR) "." UCX_CRYPTO_TEXT(UCX_CRYPTO_VERSION_PATCH);
}

const char* ucx_crypto_status_string(ucx_crypto_status_t status) {
    if (status == UCX_CRYPTO_OK) {
        return "ok";
    }
    if (status == UCX_CRYPTO_ERR_TOO_LATE) {
        return "too late";
    }
    const ucx_crypto::ErrorCode code = ucx_crypto::api::to_error_code(status);
    if (ucx_crypto::api::to_status(code) != status) {
        return "unknown";
    }
    return ucx_crypto::to_string(code).data();  // of a literal: it ends with NUL
}

const char* ucx_crypto_last_error() {
    return ucx_crypto::api::last_error().c_str();
}
}
