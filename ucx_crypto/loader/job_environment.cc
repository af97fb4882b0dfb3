#include "ucx_crypto/loader/job_environment.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <map>

#include "ucx_crypto/base/transport_list.h"

namespace ucx_crypto::loader {
namespace {

using Environment = std::map<std::string, std::string>;

constexpr const char* kEnvList = "OMPI_MCA_mca_base_env_list";
constexpr const char* kComponentPath = "OMPI_MCA_mca_base_component_path";
constexpr const char* kPreload = "LD_PRELOAD";

Environment as_map(const char* const* environment) {
    Environment result;
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        std::string entry = *environment;
        size_t equals = entry.find('=');
        if (equals != std::string::npos) {
            result.emplace(entry.substr(0, equals), entry.substr(equals + 1));
        }
    }
    return result;
}

std::string value_of(const Environment& environment, const std::string& name) {
    auto found = environment.find(name);
    return found != environment.end() ? found->second : std::string();
}

std::vector<std::string> split(const std::string& text, const char* separators) {
    std::vector<std::string> items;
    for (size_t at = 0; at < text.size();) {
        size_t end = std::min(text.find_first_of(separators, at), text.size());
        if (end > at) {
            items.push_back(text.substr(at, end - at));
        }
        at = end + 1;
    }
    return items;
}

/// `first`, then the items of `list` that are not `first`.
std::string prepended(const std::string& first, const std::string& list, const char* separators) {
    std::string result = first;
    for (const std::string& item : split(list, separators)) {
        if (item != first) {
            result += ":" + item;
        }
    }
    return result;
}

bool other_hosts_need(const std::string& name) {
    return name.starts_with("UCX_") || is_transport_list(name) || name == kPreload;
}

/// Names only: Open MPI takes the values from mpirun's environment. It stops at a name that is not
/// set there, so only names that are.
std::string forwarded(const Environment& environment) {
    std::vector<std::string> items;
    std::vector<std::string> names;
    for (const std::string& item : split(value_of(environment, kEnvList), ";")) {
        std::string name = item.substr(0, item.find('='));
        if (item != name || environment.contains(name)) {
            items.push_back(item);
            names.push_back(name);
        }
    }
    for (const auto& [name, value] : environment) {
        if (other_hosts_need(name) && std::find(names.begin(), names.end(), name) == names.end()) {
            items.push_back(name);
        }
    }
    std::string result;
    for (const std::string& item : items) {
        result += (result.empty() ? "" : ";") + item;
    }
    return result;
}

std::string program_folder() {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
    if (length <= 0 || static_cast<size_t>(length) >= sizeof(path)) {
        return {};
    }
    std::string program(path, static_cast<size_t>(length));
    return program.substr(0, program.rfind('/'));
}

}  // namespace

Result<Installation> find_installation() {
    std::string folder = program_folder();
    std::string tried;
    // Both are relative to the program, so a moved tree works.
    for (const char* relative : {UCX_CRYPTO_MODULES_FROM_BUILD, UCX_CRYPTO_MODULES_FROM_BIN}) {
        std::string candidate = folder + "/" + relative;
        if (char* resolved = realpath(candidate.c_str(), nullptr); resolved != nullptr) {
            Installation installation{resolved};
            free(resolved);
            if (access(installation.preload().c_str(), R_OK) == 0) {
                return installation;
            }
        }
        tried += (tried.empty() ? "" : " or ") + candidate;
    }
    return Error(ErrorCode::kNotFound, "expected libucx_crypto_preload.so in " + tried +
                                           ", found none; build or install ucx-crypto completely");
}

const Variables& open_mpi_settings() {
    static const Variables settings = {
        {"OMPI_MCA_pml", "ucx"},
        {"OMPI_MCA_osc", "ucx,sm"},
        {"OMPI_MCA_btl", "self"},
        {"OMPI_MCA_pml_ucx_tls", "any"},
        {"OMPI_MCA_pml_ucx_devices", "any"},
    };
    return settings;
}

Variables job_environment(const Installation& installation, const char* const* environment) {
    Environment after = as_map(environment);
    Variables set;
    auto add = [&](const std::string& name, const std::string& value) {
        set.emplace_back(name, value);
        after[name] = value;
    };
    add(kPreload, prepended(installation.preload(), value_of(after, kPreload), ": "));
    // Open MPI stops looking at the first folder that does not exist.
    if (std::string folder = installation.open_mpi_folder(); access(folder.c_str(), X_OK) == 0) {
        std::string path = value_of(after, kComponentPath);
        add(kComponentPath,
            prepended(folder, path.empty() ? "SYSTEM_DEFAULT:USER_DEFAULT" : path, ":"));
    }
    for (const auto& [name, value] : open_mpi_settings()) {
        add(name, value);
    }
    if (value_of(after, "UCX_TLS").empty()) {
        add("UCX_TLS", std::string(kTransportAlias));
    }
    set.emplace_back(kEnvList, forwarded(after));
    return set;
}

std::string shell_quoted(const std::string& text) {
    bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-./,:=@%+").find(c) != std::string_view::npos;
    });
    if (plain) {
        return text;
    }
    std::string result = "'";
    for (char c : text) {
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return result + "'";
}

}  // namespace ucx_crypto::loader
