#include <dlfcn.h>
#include <fmt/core.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "ucx_crypto/base/transport_list.h"
#include "ucx_crypto/cli/checks.h"
#include "ucx_crypto/cli/child.h"
#include "ucx_crypto/cli/names.h"
#include "ucx_crypto/loader/job_environment.h"
#include "ucx_crypto/loader/module.h"

namespace ucx_crypto::cli {
namespace {

using GetVersion = void (*)(unsigned*, unsigned*, unsigned*);  // ucp.h: ucp_get_version
using FenceStands = unsigned (*)();                            // uct/fence.h
using BuiltFor = const char* (*)();                            // uct/module.cc
using RegisteredName = const char* (*)(unsigned);              // uct/module.cc

std::string last_line(const std::string& text) {
    return text.substr(text.rfind('\n') + 1);
}

/// Prints "UCX 1.13.1, /lib/.../libucp.so.0".
int print_ucx_version() {
    void* handle = dlopen("libucp.so.0", RTLD_NOW | RTLD_LOCAL);
    void* symbol = handle != nullptr ? dlsym(handle, "ucp_get_version") : nullptr;
    if (symbol == nullptr) {
        const char* reason = dlerror();
        fmt::print("{}\n", reason != nullptr ? reason : "no ucp_get_version in libucp.so.0");
        return EXIT_FAILURE;
    }
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    reinterpret_cast<GetVersion>(symbol)(&major, &minor, &release);
    Dl_info info{};
    bool known = dladdr(symbol, &info) != 0 && info.dli_fname != nullptr;
    fmt::print("UCX {}.{}.{}, {}\n", major, minor, release, known ? info.dli_fname : "libucp.so.0");
    return EXIT_SUCCESS;
}

/// Loads the module as a process that encryption is required of would, whatever this environment
/// says: check_transports() looks at that. Prints the names that it registers with UCX, and the
/// UCX version that it was built for.
int load_enforced(const std::string& folder) {
    for (const auto& [name, value] : transport_lists(environ)) {
        unsetenv(name.c_str());
    }
    unsetenv("UCX_CRYPTO_ENFORCE");
    setenv("UCX_TLS", std::string(kTransportName).c_str(), 1);
    void* module = nullptr;
    if (std::string problem = loader::load_module(folder, &module); !problem.empty()) {
        fmt::print("{}\n", problem);
        return EXIT_FAILURE;
    }
    void* stands = dlsym(module, "ucx_crypto_fence_stands");
    void* built_for = dlsym(module, "ucx_crypto_built_for_ucx");
    void* registered = dlsym(module, "ucx_crypto_registered_name");
    if (stands == nullptr || built_for == nullptr || registered == nullptr) {
        fmt::print("expected {} of the same build as ucx-crypto, found another\n",
                   loader::kModuleFile);
        return EXIT_FAILURE;
    }
    if (reinterpret_cast<FenceStands>(stands)() == 0) {
        fmt::print("expected UCX to offer no transport in clear, found one\n");
        return EXIT_FAILURE;
    }
    for (unsigned i = 0;; ++i) {
        const char* name = reinterpret_cast<RegisteredName>(registered)(i);
        if (name == nullptr) {
            break;
        }
        fmt::print("{}\n", name);
    }
    fmt::print("{}\n", reinterpret_cast<BuiltFor>(built_for)());
    return EXIT_SUCCESS;
}

/// From what load_enforced() prints.
KnownNames known_names(const std::string& printed) {
    KnownNames known;
    std::istringstream lines(printed);
    for (std::string kind, name; lines >> kind && lines >> name;) {
        if (kind == "transport") {
            known.transports.push_back(name);
        } else if (kind == "variable") {
            known.variables.push_back(name);
        }
    }
    return known;
}

Finding check_names(const std::string& printed) {
    const std::vector<std::string> unknown = unknown_names(environ, known_names(printed));
    if (unknown.empty()) {
        return {"names", Verdict::kOk, "no unknown transport or variable", ""};
    }
    return {"names", Verdict::kFailed, fmt::format("unknown: {}", fmt::join(unknown, ", ")),
            "Correct or unset them: nothing follows them"};
}

}  // namespace

Finding check_ucx_library() {
    Result<std::string> version = output_of_child(print_ucx_version);
    if (!version) {
        return {"ucx", Verdict::kFailed, version.error().message(),
                "Install UCX 1.13 (libucx0) and make its libraries known to the loader"};
    }
    return {"ucx", Verdict::kOk, last_line(*version), ""};
}

std::vector<Finding> check_module() {
    Result<loader::Installation> installation = loader::find_installation();
    if (!installation) {
        return {{"module", Verdict::kFailed, installation.error().message(),
                 "Build or install ucx-crypto completely"}};
    }
    std::string path = installation->module_folder + "/" + loader::kModuleFile;
    if (access(path.c_str(), R_OK) != 0) {
        return {{"module", Verdict::kFailed, path + " is missing or cannot be read",
                 "Build or install ucx-crypto completely"}};
    }
    Result<std::string> loaded =
        output_of_child([&] { return load_enforced(installation->module_folder); });
    if (!loaded) {
        return {{"module", Verdict::kFailed, path + " does not load: " + loaded.error().message(),
                 "Build ucx-crypto against the UCX of this machine and install all of its parts"}};
    }
    return {{"module", Verdict::kOk,
             fmt::format("{} loads, built for UCX {}", path, last_line(*loaded)), ""},
            check_names(*loaded)};
}

}  // namespace ucx_crypto::cli
