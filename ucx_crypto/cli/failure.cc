#include <fmt/core.h>

#include "ucx_crypto/cli/commands.h"

namespace ucx_crypto::cli {

int report_failure(const Error& error) {
    fmt::print(stderr, "ucx-crypto: {}\n", error.message());
    switch (error.code()) {
        case ErrorCode::kNotFound:
        case ErrorCode::kPermission:
        case ErrorCode::kIo:
        case ErrorCode::kTimedOut:
        case ErrorCode::kUnsupported:
        case ErrorCode::kInternal:
            return kEnvironment;
        default:
            return kFailedCheck;
    }
}

}  // namespace ucx_crypto::cli
