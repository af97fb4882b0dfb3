// Whether this process may use transports in clear between hosts. Uses the standard library only.
#pragma once

#include <string>
#include <string_view>

#include "ucx_crypto/base/ucx_conf.h"

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
/// UCX_CRYPTO_ENFORCE=n lifts it where nothing requires it. A value that is neither yes
/// nor no is taken in the way that enforces.
Enforcement decide_enforcement(const EnforcementInputs& inputs);

/// Transports that never leave the host's memory, as UCX names them, and ours.
bool is_allowed_transport(std::string_view name);

/// The first transport of `list` that an enforced process may not name; empty if there is none.
/// UCX's groups of allowed transports (sm, shm, mm) and "all" may be named: the fence sorts them
/// out.
std::string_view forbidden_transport(std::string_view list);

/// What is wrong in an enforced process with the transport lists of `environment` (as ::environ)
/// and of the file `ucx_conf`, which UCX reads behind it: "expected ..., found ..."; empty if
/// nothing is.
std::string objection(const char* const* environment, const char* ucx_conf = kUcxConf);

/// The decision for this process's environment.
Enforcement decide_enforcement(bool site_requires);

}  // namespace ucx_crypto
