// Commands of the program ucx-crypto. Each returns the program's exit status.
#pragma once

#include <string>
#include <vector>

namespace ucx_crypto::cli {

enum ExitStatus : int { kSuccess = 0, kFailedCheck = 1, kUsage = 2, kEnvironment = 3 };

/// Prints the settings for a shell, or as a JSON object.
int print_environment(bool json);

/// Replaces the program by `command` under the same settings, after printing them to stderr.
int run_command(const std::vector<std::string>& command);

/// Makes root, domain key and policy of a software SNP in `directory` and prints the shell lines
/// that use them. Existing files are never overwritten.
int init_emulated(const std::string& directory);

}  // namespace ucx_crypto::cli
