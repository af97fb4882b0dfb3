#include "ucx_crypto/loader/module.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

namespace ucx_crypto::loader {

std::string folder_of(const void* symbol) {
    Dl_info info{};
    if (dladdr(symbol, &info) == 0 || info.dli_fname == nullptr) {
        return {};
    }
    char* resolved = realpath(info.dli_fname, nullptr);
    if (resolved == nullptr) {
        return {};
    }
    std::string path = resolved;
    free(resolved);
    return path.substr(0, path.rfind('/'));
}

std::string load_module(const std::string& folder, void** handle) {
    std::string path = folder + "/" + kModuleFile;
    // UCX's symbols resolve against the copy that the process uses already; the module stays, since
    // UCX keeps pointers into it.
    void* loaded = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
    if (handle != nullptr) {
        *handle = loaded;
    }
    if (loaded == nullptr) {
        const char* reason = dlerror();
        return "expected to load " + path +
               ", found: " + (reason != nullptr ? reason : "no reason");
    }
    return {};
}

void end_process(const std::string& message) {
    std::string line = "ucx-crypto: " + message + "\n";
    for (size_t done = 0; done < line.size();) {
        ssize_t written = write(STDERR_FILENO, line.data() + done, line.size() - done);
        if (written <= 0) {
            break;
        }
        done += static_cast<size_t>(written);
    }
    _exit(1);
}

}  // namespace ucx_crypto::loader
