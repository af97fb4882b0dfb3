// Part of libucx_crypto_preload.so: looks at every MPI library once it is initialised. Open MPI's
// hook can be left out by Open MPI's own settings, and other MPI libraries know no hook; they may
// go round UCX, where no fence helps.
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <string>
#include <vector>

#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/site.h"
#include "ucx_crypto/loader/module.h"

namespace ucx_crypto::loader {
namespace {

std::atomic<bool> hook_has_checked{false};

int add_mpi_library(dl_phdr_info* info, size_t, void* names) {
    const char* slash = std::strrchr(info->dlpi_name, '/');
    const char* file = slash != nullptr ? slash + 1 : info->dlpi_name;
    if (std::strncmp(file, "libmpi", std::strlen("libmpi")) == 0) {
        static_cast<std::vector<std::string>*>(names)->emplace_back(info->dlpi_name);
    }
    return 0;
}

/// The MPI library's function, or null. A library that was itself loaded locally (by a module of
/// Python, say) is not in the scope that RTLD_NEXT searches.
void* find_mpi(const char* name) {
    if (void* symbol = dlsym(RTLD_NEXT, name); symbol != nullptr) {
        return symbol;
    }
    std::vector<std::string> libraries;
    dl_iterate_phdr(add_mpi_library, &libraries);
    for (const std::string& library : libraries) {
        void* handle = dlopen(library.c_str(), RTLD_LAZY | RTLD_NOLOAD);
        void* symbol = handle != nullptr ? dlsym(handle, name) : nullptr;
        if (symbol != nullptr) {
            return symbol;
        }
    }
    return nullptr;
}

template <typename Function>
Function mpi(const char* name) {
    void* symbol = find_mpi(name);
    if (symbol == nullptr) {
        end_process(std::string("expected ") + name +
                    " in a library libmpi*, found none. Use MPI as a shared library");
    }
    return reinterpret_cast<Function>(symbol);
}

/// Interfaces of crypto transports that UCX has opened in this process.
unsigned open_interfaces() {
    using Query = unsigned (*)();
    std::string path =
        folder_of(reinterpret_cast<const void*>(&open_interfaces)) + "/" + kModuleFile;
    void* module = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    void* symbol = module != nullptr ? dlsym(module, "ucx_crypto_open_interfaces") : nullptr;
    return symbol != nullptr ? reinterpret_cast<Query>(symbol)() : 0;
}

/// Nothing of the program's own has been sent yet.
void check() {
    // As in preload.cc: without hook and module nobody reads the site's file.
    Enforcement enforcement = decide_enforcement(access(kSiteFile, F_OK) == 0);
    if (hook_has_checked.load() || !enforcement.enforced) {
        return;
    }
    std::string problem;
    std::string todo;
    if (find_mpi("ompi_mpi_init") != nullptr) {
        problem =
            "expected Open MPI's hook component ucx_crypto to look at what was selected, found "
            "that "
            "it did not run";
        todo =
            "Remove settings that leave it out (ucx-crypto doctor), and install all parts of "
            "ucx-crypto for Open MPI 4.1 on every host";
    } else if (open_interfaces() == 0) {
        problem = "expected MPI to use UCX with a crypto transport, found that it opened none";
        todo = "Have MPI use UCX, or use Open MPI 4.1";
    }
    if (!problem.empty()) {
        end_process(problem + "; " + enforcement.reason + ", so this process ends. " + todo);
    }
}

template <typename... Arguments>
int initialise(const char* name, Arguments... arguments) {
    int result = mpi<int (*)(Arguments...)>(name)(arguments...);
    if (result == 0) {  // MPI_SUCCESS
        check();
    }
    return result;
}

}  // namespace
}  // namespace ucx_crypto::loader

// Both names: a program that is profiled calls the first of its profiler, which calls the second.
extern "C" {

__attribute__((visibility("default"))) int MPI_Init(int* count, char*** arguments) {
    return ucx_crypto::loader::initialise("MPI_Init", count, arguments);
}

__attribute__((visibility("default"))) int PMPI_Init(int* count, char*** arguments) {
    return ucx_crypto::loader::initialise("PMPI_Init", count, arguments);
}

__attribute__((visibility("default"))) int MPI_Init_thread(int* count, char*** arguments,
                                                           int required, int* provided) {
    return ucx_crypto::loader::initialise("MPI_Init_thread", count, arguments, required, provided);
}

__attribute__((visibility("default"))) int PMPI_Init_thread(int* count, char*** arguments,
                                                            int required, int* provided) {
    return ucx_crypto::loader::initialise("PMPI_Init_thread", count, arguments, required, provided);
}

/// For the hook, which finds it by name: it has looked at this process and lets it go on.
__attribute__((visibility("default"))) void ucx_crypto_hook_has_checked() {
    ucx_crypto::loader::hook_has_checked.store(true);
}
}
