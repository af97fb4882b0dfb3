#include "bench/micro/platform.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "ucx_crypto/attest/emulated_root.h"

namespace ucx_crypto::micro {
namespace {

std::string folder;

Result<attest::Settings> make_platform() {
    std::string name =
        (std::filesystem::temp_directory_path() / "ucx-crypto-micro-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
        return Error(ErrorCode::kIo, name + ": " + std::strerror(errno));
    }
    folder = name;
    const auto root = UCX_CRYPTO_TRY(attest::emulated::create_root(folder));
    attest::Settings settings;
    settings.mode = attest::Mode::kEmulated;
    settings.policy_path = root.policy;
    settings.domain_key_path = root.domain_key;
    settings.emulated_dir = root.directory;
    settings.emulated_module = UCX_CRYPTO_EMULATED_MODULE;
    return settings;
}

}  // namespace

Result<attest::Settings> platform() {
    static const Result<attest::Settings> settings = make_platform();
    return settings;
}

void remove_platform() {
    if (!folder.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
}

Result<std::shared_ptr<channel::Identity>> make_process(attest::Mode mode) {
    channel::Settings settings;
    settings.attestation = UCX_CRYPTO_TRY(platform());
    settings.attestation.mode = mode;
    if (mode == attest::Mode::kOff) {
        settings.attestation.policy_path.clear();
    }
    return channel::Identity::create(settings);
}

}  // namespace ucx_crypto::micro
