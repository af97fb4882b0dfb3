#include "ucx_crypto/base/log.h"

#include <atomic>
#include <cstdarg>
#include <cstdio>

namespace ucx_crypto {
namespace {

void log_to_stderr(LogLevel level, const char* file, unsigned line, const char* message) {
    static constexpr const char* kNames[] = {"ERROR", "WARN", "INFO", "DEBUG", "TRACE"};
    std::fprintf(stderr, "%s:%u %-5s %s\n", file, line, kNames[static_cast<int>(level)], message);
}

std::atomic<LogSink> current_sink{log_to_stderr};
std::atomic<LogLevel> current_level{LogLevel::kWarn};

}  // namespace

void set_log_sink(LogSink sink, LogLevel max_level) {
    current_sink = sink != nullptr ? sink : log_to_stderr;
    current_level = max_level;
}

bool log_enabled(LogLevel level) {
    return level <= current_level.load(std::memory_order_relaxed);
}

void log_message(LogLevel level, const char* file, unsigned line, const char* format, ...) {
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    current_sink.load(std::memory_order_relaxed)(level, file, line, message);
}

}  // namespace ucx_crypto
