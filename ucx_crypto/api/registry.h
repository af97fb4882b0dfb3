// What the program has registered, until the transport takes it. Part of libucx_crypto.so.0 only:
// there is one in a process.
#pragma once

#include <string>

#include "ucx_crypto/api/bridge.h"

namespace ucx_crypto::api {

/// The program's policy, as it was read.
struct PolicyText {
    std::string name;  ///< the file's
    std::string text;
};

/// UCX_CRYPTO_ERR_TOO_LATE once the transport has taken the registry.
ucx_crypto_status_t keep_policy(PolicyText policy);

}  // namespace ucx_crypto::api
