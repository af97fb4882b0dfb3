#include "ucx_crypto/attest/snp/esys_library.h"

#include <dlfcn.h>
#include <tss2/tss2_tcti_device.h>

#include <cstdio>

namespace ucx_crypto::attest::snp {
namespace {

constexpr char kEsysLibrary[] = "libtss2-esys.so.0";
constexpr char kDeviceLibrary[] = "libtss2-tcti-device.so.0";

Result<void*> load(const char* library) {
    // Stays loaded: nothing of it may vanish under a thread.
    void* const handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) {
        return Error(ErrorCode::kNotFound, std::string("expected ") + library +
                                               " to ask a vTPM, found none; install tpm2-tss");
    }
    return handle;
}

template <typename Function>
Status find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (function == nullptr) {
        return Error(ErrorCode::kNotFound,
                     std::string("tpm2-tss: expected function ") + name + ", found none");
    }
    return success();
}

}  // namespace

Error tpm_failed(const std::string& what, TSS2_RC code) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%x", code);
    return {ErrorCode::kIo, "TPM: expected to " + what + ", found TSS2 response code " + text};
}

Result<Esys> load_esys() {
    void* const library = UCX_CRYPTO_TRY(load(kEsysLibrary));
    Esys esys{};
    UCX_CRYPTO_TRY(find(library, "Esys_Initialize", esys.initialize));
    UCX_CRYPTO_TRY(find(library, "Esys_Finalize", esys.finalize));
    UCX_CRYPTO_TRY(find(library, "Esys_Free", esys.free));
    UCX_CRYPTO_TRY(find(library, "Esys_GetCapability", esys.get_capability));
    UCX_CRYPTO_TRY(find(library, "Esys_TR_FromTPMPublic", esys.from_public));
    UCX_CRYPTO_TRY(find(library, "Esys_TR_Close", esys.close));
    UCX_CRYPTO_TRY(find(library, "Esys_NV_ReadPublic", esys.read_public));
    UCX_CRYPTO_TRY(find(library, "Esys_NV_Read", esys.read));
    UCX_CRYPTO_TRY(find(library, "Esys_NV_Write", esys.write));
    UCX_CRYPTO_TRY(find(library, "Esys_NV_DefineSpace", esys.define));
    return esys;
}

Status DeviceTransport::open(const std::string& path) {
    void* const library = UCX_CRYPTO_TRY(load(kDeviceLibrary));
    decltype(&Tss2_Tcti_Device_Init) initialize = nullptr;
    UCX_CRYPTO_TRY(find(library, "Tss2_Tcti_Device_Init", initialize));
    size_t size = 0;
    TSS2_RC code = initialize(nullptr, &size, path.c_str());
    if (code == TSS2_RC_SUCCESS) {
        memory_.resize(size / sizeof(uint64_t) + 1);
        code = initialize(context(), &size, path.c_str());
    }
    if (code != TSS2_RC_SUCCESS) {
        return tpm_failed("open " + path, code);
    }
    open_ = true;
    return success();
}

DeviceTransport::~DeviceTransport() {
    if (open_) {
        Tss2_Tcti_Finalize(context());
    }
}

}  // namespace ucx_crypto::attest::snp
