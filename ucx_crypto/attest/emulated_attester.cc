#include "ucx_crypto/attest/emulated_attester.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "ucx_crypto/attest/emulated_root.h"
#include "ucx_crypto/attest/protected_file.h"
#include "ucx_crypto/attest/snp/report.h"

namespace ucx_crypto::attest {
namespace {

constexpr char kModuleFile[] = "libucx_crypto_emulated.so";

/// The library or program that holds this code. The loader knows a program only by the name that it
/// was called by, which in a foreign working directory is that of another file.
const char* own_file() {
    Dl_info info{};
    link_map* object = nullptr;
    if (dladdr1(reinterpret_cast<const void*>(&kModuleFile), &info,
                reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) == 0) {
        return "";
    }
    return object->l_name[0] != '\0' ? object->l_name : "/proc/self/exe";
}

/// What others could have put into one of the folders above is not taken for ours.
bool is_own_module(const std::filesystem::path& file) {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           (status.st_uid == 0 || status.st_uid == geteuid());
}

/// Beside the library (or program) that holds this code, or in lib/ of one of the folders above:
/// an install prefix or a build tree.
std::string find_module() {
    constexpr int kFoldersAbove = 5;
    std::error_code ignored;
    std::filesystem::path folder = std::filesystem::canonical(own_file(), ignored).parent_path();
    for (int i = 0; i < kFoldersAbove && !folder.empty(); ++i) {
        for (const auto& file : {folder / kModuleFile, folder / "lib" / kModuleFile}) {
            if (is_own_module(file)) {
                return file.string();
            }
        }
        folder = folder == folder.parent_path() ? std::filesystem::path() : folder.parent_path();
    }
    return "";
}

Result<const EmulatedModule*> load_module(const std::string& setting) {
    const std::string path = setting.empty() ? find_module() : setting;
    if (path.empty()) {
        return Error(ErrorCode::kNotFound,
                     std::string("UCX_CRYPTO_ATTESTATION=emulated: expected the module ") +
                         kModuleFile +
                         " beside this library, found none; set UCX_CRYPTO_EMULATED_MODULE");
    }
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    const auto* module =
        library == nullptr
            ? nullptr
            : static_cast<const EmulatedModule*>(dlsym(library, kEmulatedModuleSymbol));
    if (module == nullptr || module->version != kEmulatedModuleVersion) {
        const char* reason = module == nullptr ? dlerror() : "it is of another version";
        return Error(ErrorCode::kNotFound, path + ": expected the emulated module, found: " +
                                               (reason == nullptr ? "another file" : reason));
    }
    return module;
}

}  // namespace

Result<std::unique_ptr<EmulatedAttester>> EmulatedAttester::open(const Settings& settings) {
    if (settings.emulated_dir.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "UCX_CRYPTO_ATTESTATION=emulated: expected a root, found none; run "
                     "`ucx-crypto init --emulated DIR` and set UCX_CRYPTO_EMULATED_DIR");
    }
    constexpr size_t kMaxKeySize = 4096;
    const std::string folder = settings.emulated_dir + "/";
    std::unique_ptr<EmulatedAttester> attester(new EmulatedAttester);
    const SecretBytes chain = UCX_CRYPTO_TRY(
        read_protected_file(folder + emulated::kEndorsementsFile, "emulated endorsements",
                            FileKind::kPublic, kMaxEndorsementsSize));
    attester->endorsements_ = to_bytes(chain.expose());
    attester->key_ = UCX_CRYPTO_TRY(read_protected_file(folder + emulated::kKeyFile, "emulated key",
                                                        FileKind::kSecret, kMaxKeySize));
    const auto list = UCX_CRYPTO_TRY(snp::decode_endorsements(attester->endorsements_));
    const auto ark = UCX_CRYPTO_TRY(snp::parse_certificate(list[2]));
    attester->root_.spki_hash = UCX_CRYPTO_TRY(snp::spki_hash(ark.get()));
    attester->module_ = UCX_CRYPTO_TRY(load_module(settings.emulated_module));
    return attester;
}

Result<Evidence> EmulatedAttester::attest(const ReportData& data) {
    Evidence evidence{Bytes(snp::kReportSize), endorsements_};
    char error[512] = "";
    if (module_->make_report(key_.expose().data(), key_.size(), endorsements_.data(),
                             endorsements_.size(), data.data(), evidence.report.data(), error,
                             sizeof error) != 0) {
        return Error(ErrorCode::kInternal, std::string("emulated evidence: ") + error);
    }
    return evidence;
}

}  // namespace ucx_crypto::attest
