// Checks of this machine and installation, each with what to do.
#pragma once

#include <string>
#include <vector>

namespace ucx_crypto::cli {

enum class Verdict { kOk, kWarning, kFailed };

struct Finding {
    std::string subject;  ///< what was looked at
    Verdict verdict;
    std::string found;
    std::string mend;  ///< what to do; empty when nothing is to be done
};

/// Everything that `ucx-crypto doctor` looks at, in the order in which it is printed.
std::vector<Finding> examine();

/// One line per finding: "ok       cpu: ...", with its mend.
std::string as_lines(const std::vector<Finding>& findings);

/// An array of {"subject", "verdict", "found", "mend"}.
std::string as_json(const std::vector<Finding>& findings);

/// 1 if any check failed, else 0.
int exit_status(const std::vector<Finding>& findings);

/// Prints the findings and returns the exit status.
int print_findings(bool json);

}  // namespace ucx_crypto::cli
