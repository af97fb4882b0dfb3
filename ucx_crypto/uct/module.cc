// Entry of libuct_crypto.so.0: what runs when UCX, the preload library or the Open MPI hook loads
// it.
#include <cstdio>
#include <cstdlib>

#include "ucx_crypto/uct/component.h"
#include "ucx_crypto/uct/ucx.h"

extern "C" {
#include <ucp/api/ucp.h>
}

namespace ucx_crypto::uct {
namespace {

/// UCT's internal interface is stable only within a minor version: another one would crash later.
void require_matching_ucx() {
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    ucp_get_version(&major, &minor, &release);
    if (major != UCT_VERNO_MAJOR || minor != UCT_VERNO_MINOR) {
        std::fprintf(
            stderr,
            "ucx-crypto: expected UCX %d.%d, for which libuct_crypto.so.0 was built, found "
            "UCX %u.%u: build ucx-crypto against the UCX that the program uses\n",
            UCT_VERNO_MAJOR, UCT_VERNO_MINOR, major, minor);
        std::_Exit(EXIT_FAILURE);
    }
}

__attribute__((constructor)) void load() {
    require_matching_ucx();
    register_component();
}

}  // namespace
}  // namespace ucx_crypto::uct

/// For `ucx-crypto doctor`, which finds it by name in the loaded module: "1.13".
extern "C" __attribute__((visibility("default"))) const char* ucx_crypto_built_for_ucx() {
    return UCS_PP_MAKE_STRING(UCT_VERNO_MAJOR) "." UCS_PP_MAKE_STRING(UCT_VERNO_MINOR);
}

/// For the same: "transport crypto_tc", "variable UCX_CRYPTO_AEAD"; null from some index on.
extern "C" __attribute__((visibility("default"))) const char* ucx_crypto_registered_name(
    unsigned index) {
    static const std::vector<std::string> names = ucx_crypto::uct::registered_names();
    return index < names.size() ? names[index].c_str() : nullptr;
}
