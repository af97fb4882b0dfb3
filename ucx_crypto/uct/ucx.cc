#include "ucx_crypto/uct/ucx.h"

#include "ucx_crypto/base/log.h"

namespace ucx_crypto::uct {
namespace {

ucs_log_level_t to_ucs_level(LogLevel level) {
    switch (level) {
        case LogLevel::kError:
            return UCS_LOG_LEVEL_ERROR;
        case LogLevel::kWarn:
            return UCS_LOG_LEVEL_WARN;
        case LogLevel::kInfo:
            return UCS_LOG_LEVEL_INFO;
        case LogLevel::kDebug:
            return UCS_LOG_LEVEL_DEBUG;
        case LogLevel::kTrace:
            break;
    }
    return UCS_LOG_LEVEL_TRACE;
}

void log_to_ucx(LogLevel level, const char* file, unsigned line, const char* message) {
    ucs_log_dispatch(file, line, "", to_ucs_level(level), &ucs_global_opts.log_component, "%s",
                     message);
}

LogLevel ucx_log_level() {
    const ucs_log_level_t level = ucs_global_opts.log_component.log_level;
    if (level >= UCS_LOG_LEVEL_TRACE) {
        return LogLevel::kTrace;
    }
    if (level >= UCS_LOG_LEVEL_DEBUG) {
        return LogLevel::kDebug;
    }
    if (level >= UCS_LOG_LEVEL_INFO) {
        return LogLevel::kInfo;
    }
    return level >= UCS_LOG_LEVEL_WARN ? LogLevel::kWarn : LogLevel::kError;
}

}  // namespace

void use_ucx_log() {
    set_log_sink(log_to_ucx, ucx_log_level());
}

ucs_status_t to_ucs_status(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidArgument:
            return UCS_ERR_INVALID_PARAM;
        case ErrorCode::kUnsupported:
            return UCS_ERR_UNSUPPORTED;
        case ErrorCode::kExhausted:
            return UCS_ERR_NO_MEMORY;
        case ErrorCode::kNotFound:
            return UCS_ERR_NO_DEVICE;
        case ErrorCode::kTimedOut:
            return UCS_ERR_ENDPOINT_TIMEOUT;
        case ErrorCode::kClosed:
            return UCS_ERR_CONNECTION_RESET;
        case ErrorCode::kAuthentication:
        case ErrorCode::kRefused:
        case ErrorCode::kRefusedByPeer:
        case ErrorCode::kPermission:
            return UCS_ERR_REJECTED;
        case ErrorCode::kProtocol:
        case ErrorCode::kIo:
        case ErrorCode::kInternal:
            break;
    }
    return UCS_ERR_IO_ERROR;
}

}  // namespace ucx_crypto::uct
