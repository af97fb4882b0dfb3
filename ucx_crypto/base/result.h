// Errors as values: Result<T>, Status and Error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ucx_crypto {

/// What kind of failure it is: enough for a caller to decide, never more than it needs.
enum class ErrorCode : uint8_t {
    kInvalidArgument,  ///< a caller or a setting is wrong
    kProtocol,         ///< a peer's bytes are not what the wire format allows
    kAuthentication,   ///< a tag, MAC, signature or identity did not verify
    kRefused,          ///< genuine, but the appraisal policy does not accept it
    kUnsupported,      ///< cannot be had on this machine or in this version
    kExhausted,        ///< a bound (space, count, sequence) is reached
    kPermission,       ///< the operating system, or a file's mode, forbids it
    kNotFound,         ///< a file, device or module is missing
    kIo,               ///< the operating system reported another failure
    kTimedOut,         ///< a deadline passed
    kClosed,           ///< the peer has closed, or this end is already closed
    kRefusedByPeer,    ///< the peer says that it refuses us, and its log why
    kInternal,         ///< a library failed in a way that should not happen
};

/// The name of `code` as it is printed in logs ("authentication").
std::string_view to_string(ErrorCode code);

/// A failure with a message for the local log: expected, found, what to do. Never sent to a peer.
class [[nodiscard]] Error {
  public:
    /// Cold: the compiler keeps what leads here, the building of the message above all, away from
    /// what usually runs.
    [[gnu::cold]] Error(ErrorCode code, std::string message);

    ErrorCode code() const { return code_; }
    const std::string& message() const { return message_; }

    /// The same failure, seen from one level up: "context: message".
    Error in(std::string_view context) && {
        message_.insert(0, std::string(context) + ": ");
        return std::move(*this);
    }

  private:
    ErrorCode code_;
    std::string message_;
};

/// A value or an Error. Reading the wrong side is a programming error and throws
/// (bad_variant_access).
template <typename T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const& { return std::get<1>(state_); }
    Error&& error() && { return std::get<1>(std::move(state_)); }

  private:
    std::variant<T, Error> state_;
};

struct Unit {};

/// Success without a value, or an Error: `return success();`
using Status = Result<Unit>;

inline Status success() {
    return Unit{};
}

/// Evaluates to the value of a Result, or returns its Error from the enclosing function.
#define UCX_CRYPTO_TRY(expression) UCX_CRYPTO_TRY_AS(expression, __COUNTER__)
#define UCX_CRYPTO_TRY_AS(expression, number) UCX_CRYPTO_TRY_NAMED(expression, number)
#define UCX_CRYPTO_TRY_NAMED(expression, number)    \
    ({                                              \
        auto try_##number = (expression);           \
        if (!try_##number.ok()) [[unlikely]] {      \
            return std::move(try_##number).error(); \
        }                                           \
        std::move(try_##number).value();            \
    })

}  // namespace ucx_crypto
