#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/transport_list.h"
#include "ucx_crypto/cli/commands.h"
#include "ucx_crypto/loader/job_environment.h"

namespace ucx_crypto::cli {
namespace {

/// The settings, or nothing after a message.
bool settings(loader::Variables& variables) {
    Result<loader::Installation> installation = loader::find_installation();
    if (!installation) {
        fmt::print(stderr, "ucx-crypto: {}\n", installation.error().message());
        return false;
    }
    variables = loader::job_environment(*installation, environ);
    return true;
}

/// What is wrong with UCX_TLS, empty if nothing is. Where encryption is required UCX itself is kept
/// from running in clear.
std::string clear_transport() {
    const char* list = std::getenv("UCX_TLS");
    if (list == nullptr || *list == '\0' || names_crypto_transport(list) ||
        decide_enforcement(false).enforced) {
        return {};
    }
    return fmt::format(
        "expected UCX_TLS to name crypto_tcp, found '{}', with which jobs run in clear: unset "
        "UCX_TLS "
        "or set UCX_TLS=crypto_tcp",
        list);
}

}  // namespace

int print_environment(bool json) {
    loader::Variables variables;
    if (!settings(variables)) {
        return kEnvironment;
    }
    if (json) {
        nlohmann::ordered_json object = nlohmann::ordered_json::object();
        for (const auto& [name, value] : variables) {
            object[name] = value;
        }
        fmt::print("{}\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
        return kSuccess;
    }
    for (const auto& [name, value] : variables) {
        fmt::print("export {}={}\n", name, loader::shell_quoted(value));
    }
    if (const std::string problem = clear_transport(); !problem.empty()) {
        fmt::print(stderr, "ucx-crypto: warning: {}\n", problem);
    }
    return kSuccess;
}

int run_command(const std::vector<std::string>& command) {
    loader::Variables variables;
    if (const std::string problem = clear_transport(); !problem.empty()) {
        fmt::print(stderr, "ucx-crypto: {}\n", problem);
        return kUsage;
    }
    if (!settings(variables)) {
        return kEnvironment;
    }
    for (const auto& [name, value] : variables) {
        fmt::print(stderr, "ucx-crypto: {}={}\n", name, loader::shell_quoted(value));
        setenv(name.c_str(), value.c_str(), 1);
    }
    std::fflush(stderr);
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& word : command) {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    fmt::print(stderr, "ucx-crypto: expected to run '{}', found: {}\n", command[0],
               std::strerror(errno));
    return kEnvironment;
}

}  // namespace ucx_crypto::cli
