#include "ucx_crypto/cli/open_mpi.h"

#include <fmt/core.h>

#include <sstream>

#include "ucx_crypto/loader/job_environment.h"

namespace ucx_crypto::cli {
namespace {

constexpr std::string_view kVariablePrefix = "OMPI_MCA_";
constexpr const char* kUseEnv = "Run eval \"$(ucx-crypto env)\", or start jobs by ucx-crypto run";

/// Values that contain a colon are in quotes.
std::string unquoted(const std::string& text) {
    bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    return quoted ? text.substr(1, text.size() - 2) : text;
}

/// Splits off the text before the first `separator`, which `rest` must contain.
bool take(std::string& rest, const std::string& separator, std::string& before) {
    size_t at = rest.find(separator);
    if (at == std::string::npos) {
        return false;
    }
    before = rest.substr(0, at);
    rest.erase(0, at + separator.size());
    return true;
}

/// A file that beats the environment. Open MPI calls the file so unless a site has renamed it.
bool overrides(const OpenMpi::Parameter& parameter) {
    return parameter.source.starts_with("file ") &&
           parameter.source.find("override") != std::string::npos;
}

std::string launcher(const OpenMpi& open_mpi) {
    auto agent = open_mpi.parameters.find("plm_rsh_agent");
    if (agent == open_mpi.parameters.end() || agent->second.value.empty()) {
        return "ssh";
    }
    // "ssh : rsh": the first that there is.
    const std::string& value = agent->second.value;
    std::string first = value.substr(0, value.find_first_of(" :"));
    return first.substr(first.rfind('/') + 1) == "ssh" ? "ssh" : value;
}

}  // namespace

OpenMpi parse_ompi_info(const std::string& text) {
    OpenMpi open_mpi;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        // mca:FRAMEWORK:COMPONENT:param:NAME:value:VALUE
        std::string name;
        if (line.starts_with("mca:hook:ucx_crypto:")) {
            open_mpi.hook_found = true;
        } else if (std::string before; take(line, ":param:", before) && take(line, ":", name)) {
            if (line.starts_with("value:")) {
                open_mpi.parameters[name].value = unquoted(line.substr(line.find(':') + 1));
            } else if (line.starts_with("source:")) {
                open_mpi.parameters[name].source = unquoted(line.substr(line.find(':') + 1));
            }
        }
    }
    return open_mpi;
}

Finding judge_selection(const OpenMpi& open_mpi, bool encrypt) {
    std::string wrong;
    bool overridden = false;
    for (const auto& [variable, expected] : loader::open_mpi_settings()) {
        std::string name = variable.substr(kVariablePrefix.size());
        auto found = open_mpi.parameters.find(name);
        if (found != open_mpi.parameters.end() && found->second.value == expected) {
            continue;
        }
        wrong += wrong.empty() ? "" : "; ";
        if (found == open_mpi.parameters.end()) {
            wrong += "expected " + name + "=" + expected + ", found no such parameter";
            continue;
        }
        overridden = overridden || overrides(found->second);
        wrong += fmt::format("expected {}={}, found {} from {}", name, expected,
                             found->second.value, found->second.source);
    }
    if (wrong.empty()) {
        return {"open mpi", Verdict::kOk, "would select ucx alone", ""};
    }
    if (overridden) {
        return {"open mpi", Verdict::kFailed, wrong,
                "Remove the lines from that file, which beats the environment"};
    }
    if (open_mpi.hook_found) {
        return {"open mpi", Verdict::kWarning,
                wrong + "; the hook changes it, but not for processes of MPI_Comm_spawn", kUseEnv};
    }
    return {"open mpi", encrypt ? Verdict::kFailed : Verdict::kWarning,
            wrong + "; jobs would run in clear", kUseEnv};
}

Finding judge_hook(const OpenMpi& open_mpi) {
    if (open_mpi.hook_found) {
        return {"open mpi hook", Verdict::kOk, "looks at what was selected", ""};
    }
    auto path = open_mpi.parameters.find("mca_base_component_path");
    return {"open mpi hook", Verdict::kWarning,
            "not on Open MPI's component path " +
                (path != open_mpi.parameters.end() ? path->second.value : std::string()),
            std::string(kUseEnv) + ", or have the site's configuration name the hook's folder"};
}

Finding judge_launch_channel(const OpenMpi& open_mpi, const std::string& batch_system) {
    std::string by = batch_system.empty() ? launcher(open_mpi) : batch_system;
    bool ssh = by == "ssh";
    return {
        "launch channel", Verdict::kWarning,
        by + (ssh ? " starts ranks on other hosts, but Open MPI's daemons carry their "
                    "environment, output and connection data over TCP in clear"
                  : " starts ranks on other hosts: expected ssh, which authenticates them; Open "
                    "MPI's daemons carry their environment, output and connection data over "
                    "TCP in clear"),
        ssh ? "Print no secrets, and launch over a trusted network "
              "(OMPI_MCA_oob_tcp_if_include)"
            : "Use it in a trusted network only, or unset OMPI_MCA_plm_rsh_agent"};
}

}  // namespace ucx_crypto::cli
