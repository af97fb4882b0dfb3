// What one check of `ucx-crypto doctor` found, and how findings are printed.
#pragma once

#include <string>
#include <vector>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::cli {

enum class Verdict { kOk, kWarning, kFailed };

struct Finding {
    std::string subject;  ///< what was looked at
    Verdict verdict;
    std::string found;
    std::string mend;  ///< what to do; empty when nothing is to be done
};

/// From a message "expected ..., found ...; what to do", which is taken apart at its last
/// semicolon; `mend` for one that has none.
Finding from_error(const std::string& subject, Verdict verdict, const Error& error,
                   const std::string& mend);

/// One line per finding: "ok       cpu: ...", with its mend.
std::string as_lines(const std::vector<Finding>& findings);

/// An array of {"subject", "verdict", "found", "mend"}, in the order of `findings`.
std::string as_json(const std::vector<Finding>& findings);

/// 1 if any check failed, else 0.
int exit_status(const std::vector<Finding>& findings);

}  // namespace ucx_crypto::cli
