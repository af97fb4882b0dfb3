// Where UCX, which is C, calls us: exceptions end there.
#pragma once

namespace ucx_crypto::uct {

/// `function`, for a table or a call of UCX's. It takes only what is noexcept: nothing but want of
/// memory throws in what UCX calls, and a process that went on from the middle of an operation
/// would be worse than one that std::terminate() ends. C frames cannot be unwound safely.
template <typename Result, typename... Arguments>
constexpr auto for_c(Result (*function)(Arguments...) noexcept) -> Result (*)(Arguments...) {
    return function;
}

}  // namespace ucx_crypto::uct
