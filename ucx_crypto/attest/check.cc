#include "ucx_crypto/attest/check.h"

namespace ucx_crypto::attest {

std::string_view to_string(Check::Outcome outcome) {
    switch (outcome) {
        case Check::Outcome::kPassed:
            return "passed";
        case Check::Outcome::kSkipped:
            return "skipped";
        case Check::Outcome::kFailed:
            return "failed";
    }
    return "unknown";
}

Check::Outcome outcome_of(const std::vector<Check>& checks) {
    Check::Outcome outcome = Check::Outcome::kSkipped;
    for (const Check& check : checks) {
        if (check.outcome == Check::Outcome::kFailed) {
            return Check::Outcome::kFailed;
        }
        if (check.outcome == Check::Outcome::kPassed) {
            outcome = Check::Outcome::kPassed;
        }
    }
    return outcome;
}

const Check* first_failure(const std::vector<Check>& checks) {
    for (const Check& check : checks) {
        if (check.outcome == Check::Outcome::kFailed) {
            const Check* below = first_failure(check.children);
            return below != nullptr ? below : &check;
        }
    }
    return nullptr;
}

}  // namespace ucx_crypto::attest
