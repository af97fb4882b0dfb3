// Whether this process may use transports in clear between hosts. Uses the standard library only.
#pragma once

#include <string_view>

namespace ucx_crypto {

/// What the decision depends on. Null pointers are variables that are not set.
struct EnforcementInputs {
    bool crypto_named = false;      ///< a transport list names one of our transports
    const char* require = nullptr;  ///< UCX_CRYPTO_REQUIRE
    const char* enforce = nullptr;  ///< UCX_CRYPTO_ENFORCE
    bool site_requires = false;     ///< site.json says so
};

struct Enforcement {
    bool enforced = false;    ///< no clear transport between hosts may be offered
    const char* reason = "";  ///< why, as it is put into messages
};

/// Enforced when a crypto transport is named, or required by UCX_CRYPTO_REQUIRE or the site.
/// UCX_CRYPTO_ENFORCE=n lifts it where the site does not require it. A value that is neither yes
/// nor no is taken in the way that enforces.
Enforcement decide_enforcement(const EnforcementInputs& inputs);

/// The decision for this process's environment.
Enforcement decide_enforcement(bool site_requires);

}  // namespace ucx_crypto
