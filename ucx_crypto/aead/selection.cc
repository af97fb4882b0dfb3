#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {

Result<const Provider*> selected_provider() {
    static const Status tested = self_test(openssl_provider());
    if (!tested.ok()) {
        return Error(tested.error());
    }
    return &openssl_provider();
}

}  // namespace ucx_crypto::aead
