// A policy that accepts guests like one that was seen.
#pragma once

#include <string>
#include <vector>

#include "ucx_crypto/attest/appraisal_policy.h"

namespace ucx_crypto::cli {

struct PolicyDraft {
    std::string text;                ///< JSON
    std::vector<std::string> notes;  ///< why it may refuse the very guest it was made from
};

/// Fields of zeros (no host data, no ID key) are left open. Debugging and migration agents are
/// never allowed by it, whatever the guest has. kInvalidArgument for a report that no policy can
/// accept, such as one that the host asked for.
Result<PolicyDraft> draft_policy(const attest::Claims& claims, bool pin_chip);

}  // namespace ucx_crypto::cli
