#include <dlfcn.h>

#include "ucx_crypto/api/bridge.h"

namespace ucx_crypto::api {

void* find_loaded(const char* soname, const char* symbol) {
    // glibc compares SONAMEs too, so that it does not matter from where, by which path or how
    // privately the object was loaded.
    void* object = dlopen(soname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    if (object == nullptr) {
        dlerror();
        return nullptr;
    }
    void* found = dlsym(object, symbol);
    dlclose(object);  // the count only: an object of a running program's stays
    return found;
}

}  // namespace ucx_crypto::api
