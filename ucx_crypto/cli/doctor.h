// ucx-crypto doctor: checks of this machine, installation and environment, each with what to do.
#pragma once

#include <vector>

#include "ucx_crypto/cli/finding.h"

namespace ucx_crypto::cli {

/// Everything that `ucx-crypto doctor` looks at, in the order in which it is printed.
std::vector<Finding> examine();

/// Prints the findings and returns the exit status.
int print_findings(bool json);

}  // namespace ucx_crypto::cli
