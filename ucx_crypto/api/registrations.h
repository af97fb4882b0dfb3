// The transport's side: what the program has registered, as the house's own types.
#pragma once

#include "ucx_crypto/api/bridge.h"
#include "ucx_crypto/attest/registered.h"

namespace ucx_crypto::api {

/// What a program has registered; nothing of it in a process without libucx_crypto.so.0.
struct Taken {
    std::shared_ptr<const attest::Registrations> registrations;
    std::string policy_name;
    std::string policy_text;
};

/// From any registry; `registry` may be null. kUnsupported for one of another version.
Result<Taken> take_from(const Registry* registry);

/// Fills in registrations and policy from this process's registry, which is taken by the first call
/// and cannot be added to afterwards. kRefused when `settings` name another policy than the
/// program.
Status fill_in(attest::Settings& settings);

}  // namespace ucx_crypto::api
