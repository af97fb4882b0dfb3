// Where messages go. A layer that decides an error logs it here, once; uct/ directs it to UCX's
// log.
#pragma once

#include <cstdint>

namespace ucx_crypto {

enum class LogLevel : uint8_t { kError, kWarn, kInfo, kDebug, kTrace };

/// Receives one formatted line without a newline. Must be callable from any thread.
using LogSink = void (*)(LogLevel level, const char* file, unsigned line, const char* message);

/// Replaces the sink (default: errors and warnings to standard error) and the most detailed level
/// that is formatted at all. Not meant to be called while other threads log.
void set_log_sink(LogSink sink, LogLevel max_level);

bool log_enabled(LogLevel level);

/// printf-like. Never pass it a secret: Secret has no printable form on purpose.
void log_message(LogLevel level, const char* file, unsigned line, const char* format, ...)
    __attribute__((cold, format(printf, 4, 5)));

#define UCX_CRYPTO_LOG(level, ...)                                             \
    do {                                                                       \
        if (::ucx_crypto::log_enabled(level)) {                                \
            ::ucx_crypto::log_message(level, __FILE__, __LINE__, __VA_ARGS__); \
        }                                                                      \
    } while (0)

#define UCX_CRYPTO_ERROR(...) UCX_CRYPTO_LOG(::ucx_crypto::LogLevel::kError, __VA_ARGS__)
#define UCX_CRYPTO_WARN(...) UCX_CRYPTO_LOG(::ucx_crypto::LogLevel::kWarn, __VA_ARGS__)
#define UCX_CRYPTO_INFO(...) UCX_CRYPTO_LOG(::ucx_crypto::LogLevel::kInfo, __VA_ARGS__)
#define UCX_CRYPTO_DEBUG(...) UCX_CRYPTO_LOG(::ucx_crypto::LogLevel::kDebug, __VA_ARGS__)
#define UCX_CRYPTO_TRACE(...) UCX_CRYPTO_LOG(::ucx_crypto::LogLevel::kTrace, __VA_ARGS__)

}  // namespace ucx_crypto
