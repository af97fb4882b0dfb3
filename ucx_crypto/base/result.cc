#include "ucx_crypto/base/result.h"

namespace ucx_crypto {

Error::Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

std::string_view to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidArgument:
            return "invalid argument";
        case ErrorCode::kProtocol:
            return "protocol";
        case ErrorCode::kAuthentication:
            return "authentication";
        case ErrorCode::kRefused:
            return "refused by policy";
        case ErrorCode::kUnsupported:
            return "unsupported";
        case ErrorCode::kExhausted:
            return "exhausted";
        case ErrorCode::kPermission:
            return "permission";
        case ErrorCode::kNotFound:
            return "not found";
        case ErrorCode::kIo:
            return "input/output";
        case ErrorCode::kTimedOut:
            return "timed out";
        case ErrorCode::kClosed:
            return "closed";
        case ErrorCode::kRefusedByPeer:
            return "refused by the peer";
        case ErrorCode::kInternal:
            return "internal";
    }
    return "unknown";
}

}  // namespace ucx_crypto
