#include <fmt/core.h>

#include "ucx_crypto/attest/emulated_root.h"
#include "ucx_crypto/cli/commands.h"
#include "ucx_crypto/loader/job_environment.h"

namespace ucx_crypto::cli {

int init_emulated(const std::string& directory) {
    const auto made = attest::emulated::create_root(directory);
    if (!made) {
        fmt::print(stderr, "ucx-crypto: {}\n", made.error().message());
        return kEnvironment;
    }
    fmt::print("export UCX_CRYPTO_ATTESTATION=emulated\n");
    fmt::print("export UCX_CRYPTO_EMULATED_DIR={}\n", loader::shell_quoted(made->directory));
    fmt::print("export UCX_CRYPTO_POLICY={}\n", loader::shell_quoted(made->policy));
    fmt::print("export UCX_CRYPTO_DOMAIN_KEY={}\n", loader::shell_quoted(made->domain_key));
    return kSuccess;
}

}  // namespace ucx_crypto::cli
