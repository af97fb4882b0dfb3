// libucx_crypto_preload.so: loaded by LD_PRELOAD into every process, it does nothing before one
// uses UCX; then it applies the alias and loads the UCT module from its own folder.
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdint>

#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/site.h"
#include "ucx_crypto/base/transport_list.h"
#include "ucx_crypto/loader/module.h"

namespace ucx_crypto::loader {
namespace {

using UcsStatus = int8_t;  // ucs_status_t is a packed enumeration

pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
bool prepared = false;

/// Before UCX reads its configuration or lists its components, whichever comes first.
void prepare() {
    pthread_mutex_lock(&mutex);
    if (!prepared) {
        prepared = true;  // first: the module's constructor comes back here
        replace_alias_in_environment();
        // Without the module nobody reads the site's file: take it for one that requires.
        bool site = access(kSiteFile, F_OK) == 0;
        Enforcement enforcement = decide_enforcement(site);
        std::string problem = decide_enforcement(false).enforced ? objection(environ) : "";
        if (!problem.empty()) {
            end_process(problem + "; " + enforcement.reason +
                        ", so this process ends. Name crypto_tcp, and beside it only transports "
                        "within a host");
        }
        problem = load_module(folder_of(reinterpret_cast<const void*>(&prepare)), nullptr);
        if (!problem.empty() && enforcement.enforced) {
            end_process(problem + "; " + enforcement.reason +
                        ", so this process ends. Install ucx-crypto for this version of UCX, and "
                        "the libraries that its README names, on every host (ucx-crypto doctor "
                        "tells more)");
        }
    }
    pthread_mutex_unlock(&mutex);
}

/// UCX's own function. A UCX that was itself loaded locally (Open MPI's components do so) is not
/// in the scope that RTLD_NEXT searches.
template <typename Function>
Function next(const char* name, const char* library) {
    void* symbol = dlsym(RTLD_NEXT, name);
    if (symbol == nullptr) {
        void* handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
        symbol = handle != nullptr ? dlsym(handle, name) : nullptr;
    }
    if (symbol == nullptr) {
        end_process(std::string("expected ") + name + " in " + library +
                    ", found none. Use UCX 1.13 as a shared library");
    }
    return reinterpret_cast<Function>(symbol);
}

}  // namespace
}  // namespace ucx_crypto::loader

extern "C" {

/// ucp.h: ucs_status_t ucp_config_read(const char*, const char*, ucp_config_t**).
__attribute__((visibility("default"))) int8_t ucp_config_read(const char* prefix, const char* file,
                                                              void** config) {
    using Function = ucx_crypto::loader::UcsStatus (*)(const char*, const char*, void**);
    ucx_crypto::loader::prepare();
    return ucx_crypto::loader::next<Function>("ucp_config_read", "libucp.so.0")(prefix, file,
                                                                                config);
}

/// uct.h: ucs_status_t uct_query_components(uct_component_h**, unsigned*).
__attribute__((visibility("default"))) int8_t uct_query_components(void*** components,
                                                                   unsigned* count) {
    using Function = ucx_crypto::loader::UcsStatus (*)(void***, unsigned*);
    ucx_crypto::loader::prepare();
    return ucx_crypto::loader::next<Function>("uct_query_components", "libuct.so.0")(components,
                                                                                     count);
}
}
