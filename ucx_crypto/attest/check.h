// A decision that explains itself: what was looked at, in order, and how it came out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ucx_crypto::attest {

/// A tree: a check with children has failed when one of them has.
struct Check {
    enum class Outcome : uint8_t {
        kPassed,
        kSkipped,  ///< nothing to compare with, or an earlier failure made it pointless
        kFailed,
    };

    std::string name;
    Outcome outcome = Outcome::kPassed;
    std::string detail;  ///< what was found; of a failure also what was expected
    std::vector<Check> children = {};
};

/// "passed", "skipped", "failed".
std::string_view to_string(Check::Outcome outcome);

/// kFailed if one has failed, kSkipped if all were skipped, else kPassed.
Check::Outcome outcome_of(const std::vector<Check>& checks);

/// The first failure, depth first and without those that only sum up their children; nullptr if
/// there is none.
const Check* first_failure(const std::vector<Check>& checks);

}  // namespace ucx_crypto::attest
