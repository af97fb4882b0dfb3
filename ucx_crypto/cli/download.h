// One file over HTTP, politely.
#pragma once

#include <string>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"

namespace ucx_crypto::cli {

struct Retries {
    int attempts = 5;
    double first_pause = 10;  ///< seconds; AMD allows about one request in ten
    int timeout = 60;         ///< seconds for one attempt
};

/// The body of `url` (http or https, no redirects, at most 64 KiB). A busy service (429, 5xx) and a
/// network that does not answer are asked again after growing pauses. Says on stderr what it waits
/// for, if that is a terminal. kNotFound (404), kTimedOut, kIo.
Result<Bytes> download(const std::string& url, const Retries& retries);

}  // namespace ucx_crypto::cli
