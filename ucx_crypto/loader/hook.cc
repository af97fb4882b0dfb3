// What the hook does in an MPI process: settings and module before Open MPI selects its components,
// and afterwards a look at what it really selected.
#include "ucx_crypto/loader/hook.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/site.h"
#include "ucx_crypto/base/transport_list.h"
#include "ucx_crypto/loader/job_environment.h"
#include "ucx_crypto/loader/module.h"

namespace ucx_crypto::loader {
namespace {

/// Exports of the module (uct/fence.h).
using Query = unsigned (*)();

Enforcement enforcement;
void* module = nullptr;

[[noreturn]] void refuse(const std::string& found, const std::string& todo) {
    end_process(found + "; " + enforcement.reason + ", so this process ends. " + todo);
}

unsigned ask_module(const char* name) {
    void* symbol = module != nullptr ? dlsym(module, name) : nullptr;
    if (symbol == nullptr) {
        refuse(std::string("expected ") + name + " in " + kModuleFile + ", found none",
               "Install all parts of ucx-crypto from one build");
    }
    return reinterpret_cast<Query>(symbol)();
}

bool lists_ucx(std::string_view components) {
    std::string list = ",";
    list.append(components).append(",");
    return !components.starts_with('^') && list.find(",ucx,") != std::string::npos;
}

void open() {
    replace_alias_in_environment();
    Result<Site> site = load_site(kSiteFile);
    if (!site) {
        end_process(site.error().message());
    }
    enforcement = decide_enforcement(site->require);
    if (!enforcement.enforced) {
        return;
    }
    if (Status applied = apply_site(*site); !applied) {
        end_process(applied.error().message());
    }
    if (std::string problem = objection(environ); !problem.empty()) {
        refuse(problem, "Name crypto_tcp, and beside it only transports within a host");
    }
    const char* pml = std::getenv("OMPI_MCA_pml");  // --mca pml, in a rank
    if (pml != nullptr && *pml != '\0' && !lists_ucx(pml)) {
        refuse(std::string("expected Open MPI's pml to be ucx, found that pml ") + pml +
                   " is asked for",
               "Leave out --mca pml and OMPI_MCA_pml: ucx-crypto chooses it");
    }
    // Before the module is loaded: Open MPI then has no other component to fall back to.
    for (const auto& [name, value] : open_mpi_settings()) {
        setenv(name.c_str(), value.c_str(), 1);
    }
    std::string folder = folder_of(reinterpret_cast<const void*>(&open));
    std::string problem = load_module(folder.substr(0, folder.rfind('/')), &module);
    if (!problem.empty()) {
        refuse(problem,
               "Install ucx-crypto for this version of UCX, and the libraries that its README "
               "names, on every host");
    }
}

void check_selection() {
    const std::string todo =
        "Remove the setting that selects it, for example from openmpi-mca-params-override.conf";
    const char* pml = ucx_crypto_selected_pml();
    if (pml == nullptr || std::strcmp(pml, "ucx") != 0) {
        refuse(std::string("expected Open MPI to select pml ucx, found pml ") +
                   (pml != nullptr ? pml : "none"),
               todo);
    }
    if (const char* osc = ucx_crypto_foreign_osc(); osc != nullptr) {
        refuse(std::string("expected Open MPI's osc to be ucx or sm, found osc ") + osc, todo);
    }
    if (const char* btl = ucx_crypto_foreign_btl(); btl != nullptr) {
        refuse(std::string("expected Open MPI's btl to be self, found btl ") + btl, todo);
    }
    if (const char* coll = ucx_crypto_foreign_coll(); coll != nullptr) {
        refuse(
            std::string("expected no coll component with a network of its own, found coll ") + coll,
            todo);
    }
    if (ask_module("ucx_crypto_fence_stands") == 0) {
        refuse("expected UCX to offer no transport in clear, found one", "Report this as a fault");
    }
    // Shared memory is enough within a host.
    if (ask_module("ucx_crypto_open_interfaces") == 0 && ucx_crypto_on_one_host() == 0) {
        refuse("expected UCX to use a crypto transport between hosts, found that it opened none",
               "Look at UCX_TLS, UCX_NET_DEVICES and ucx.conf");
    }
}

/// Tells the preload library (mpi_init.cc), where there is one.
void report_checked() {
    using Report = void (*)();
    if (void* symbol = dlsym(RTLD_DEFAULT, "ucx_crypto_hook_has_checked"); symbol != nullptr) {
        reinterpret_cast<Report>(symbol)();
    }
}

void check() {
    if (enforcement.enforced) {
        check_selection();
    }
    report_checked();
}

void run(void (*step)()) {
    try {
        step();
    } catch (const std::exception& error) {
        end_process(std::string("expected the hook to work, found: ") + error.what());
    }
}

}  // namespace
}  // namespace ucx_crypto::loader

extern "C" {

void ucx_crypto_hook_open() {
    ucx_crypto::loader::run(ucx_crypto::loader::open);
}

void ucx_crypto_hook_check() {
    ucx_crypto::loader::run(ucx_crypto::loader::check);
}
}
