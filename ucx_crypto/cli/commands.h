// Commands of the program ucx-crypto. Each returns the program's exit status.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>
#include <vector>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::cli {

enum ExitStatus : int { kSuccess = 0, kFailedCheck = 1, kUsage = 2, kEnvironment = 3 };

/// What the command line asked for.
using Action = std::function<int()>;

/// Prints the settings for a shell, or as a JSON object.
int print_environment(bool json);

/// Replaces the program by `command` under the same settings, after printing them to stderr.
int run_command(const std::vector<std::string>& command);

/// Makes root, domain key and policy of a software SNP in `directory` and prints the shell lines
/// that use them. Existing files are never overwritten.
int init_emulated(const std::string& directory);

// Commands of several verbs or options: they add themselves to `app`, and set `action` when chosen.
void add_evidence_commands(CLI::App& app, Action& action);
void add_policy_commands(CLI::App& app, Action& action);
void add_endorsements_commands(CLI::App& app, Action& action);
void add_status_command(CLI::App& app, Action& action);

/// Prints the message to stderr. kFailedCheck for what was refused or is malformed, kEnvironment
/// for files and networks.
int report_failure(const Error& error);

}  // namespace ucx_crypto::cli
