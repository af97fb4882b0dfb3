// What is known of the revocation of a peer's endorsements; a policy decides what it wants.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace ucx_crypto::attest {

struct RevocationStatus {
    enum class State : uint8_t {
        kUnknown,  ///< no list of the chain's root was found
        kListed,   ///< there is one, and it revokes nothing of the chain
        kInvalid,  ///< a list of the chain's issuers does not verify or cannot be read
        kRevoked,
    };
    State state = State::kUnknown;
    std::chrono::seconds age{};  ///< kListed: since the list was issued; negative: in the future
    bool outdated = false;       ///< kListed: its successor should have been there
    std::string detail;          ///< for messages
};

}  // namespace ucx_crypto::attest
