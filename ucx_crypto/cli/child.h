// Work in a child process, so that a crash, an exit or a hang in it is reported and not suffered.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::cli {

/// Runs `work` in a child process, whose standard output and standard error become the value, and
/// whose exit status is what `work` returns. kTimedOut after `limit`, when it is killed;
/// kInternal, with what it had printed, when it ends otherwise than with status 0; kIo when there
/// is no child. To be called while the process has one thread.
Result<std::string> output_of_child(const std::function<int()>& work,
                                    std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace ucx_crypto::cli
