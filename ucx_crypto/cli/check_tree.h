// How decisions (attest::Check) are printed.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "ucx_crypto/attest/check.h"

namespace ucx_crypto::cli {

/// One line per check, children indented: "passed  vmpl: found 0".
std::string check_lines(const std::vector<attest::Check>& checks);

/// An array of {"name", "outcome", "detail", "checks"}; the last only where there are children.
nlohmann::ordered_json check_json(const std::vector<attest::Check>& checks);

/// Prints the tree and the verdict: lines, or {"accepted", "checks"}. 0 when no check has failed,
/// else 1.
int print_decision(const std::vector<attest::Check>& checks, bool json);

}  // namespace ucx_crypto::cli
