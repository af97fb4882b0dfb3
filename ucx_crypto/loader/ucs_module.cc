// libucs_crypto.so.0: UCX from 1.22 on loads libucs_*.so.0 when libucs starts, which is before it
// reads UCX_TLS; libuct_crypto.so.0 would come too late to replace the alias.
#include "ucx_crypto/base/transport_list.h"

namespace {

__attribute__((constructor)) void start() {
    ucx_crypto::replace_alias_in_environment();
}

}  // namespace
