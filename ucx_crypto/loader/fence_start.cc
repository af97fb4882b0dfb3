// Linked into libuct_crypto.so.0: raises the fence when the module is loaded, after the module's
// own constructor (objects are initialised in link order).
#include <exception>
#include <string>

#include "ucx_crypto/loader/module.h"
#include "ucx_crypto/uct/fence.h"

namespace {

__attribute__((constructor)) void start() {
    try {
        if (ucx_crypto::Status raised = ucx_crypto::uct::raise_fence(); !raised) {
            ucx_crypto::loader::end_process(raised.error().message());
        }
    } catch (const std::exception& error) {
        ucx_crypto::loader::end_process(std::string("expected to raise the fence, found: ") +
                                        error.what());
    }
}

}  // namespace
