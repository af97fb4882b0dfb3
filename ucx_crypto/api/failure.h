// How the functions of the C interface end: a code, and a message for the thread that asked.
#pragma once

#include <exception>

#include "ucx_crypto/api/convert.h"

namespace ucx_crypto::api {

/// Keeps `message` for ucx_crypto_last_error() and returns `status`.
ucx_crypto_status_t fail(ucx_crypto_status_t status, const std::string& message);
inline ucx_crypto_status_t fail(const Error& error) {
    return fail(to_status(error.code()), error.message());
}

/// The status of `function`, which returns one; exceptions end here.
template <typename Function>
ucx_crypto_status_t guarded(Function function) {
    try {
        return function();
    } catch (const std::bad_alloc&) {
        return fail(UCX_CRYPTO_ERR_EXHAUSTED, "out of memory");
    } catch (const std::exception& failure) {
        return fail(UCX_CRYPTO_ERR_INTERNAL, failure.what());
    }
}

}  // namespace ucx_crypto::api
