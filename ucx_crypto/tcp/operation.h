// What the layer above asks of a peer, and how it hears of the end.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ucx_crypto::tcp {

enum class SendResult : uint8_t { kDone, kInProgress, kNoResource, kFailed };

/// Told once how an operation ended.
struct Completion {
    enum class Outcome : uint8_t { kDone, kCanceled, kFailed };
    void (*function)(void* argument, Outcome outcome) = nullptr;
    void* argument = nullptr;

    void operator()(Outcome outcome) const {
        if (function != nullptr) {
            function(argument, outcome);
        }
    }
};

}  // namespace ucx_crypto::tcp
