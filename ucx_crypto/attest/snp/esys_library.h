// tpm2-tss, which is loaded when a TPM's file is there: processes on other machines do not carry
// it.
#pragma once

#include <tss2/tss2_esys.h>

#include <string>
#include <vector>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::attest::snp {

/// "TPM: expected to `what`, found ...": kIo.
Error tpm_failed(const std::string& what, TSS2_RC code);

/// The functions of ESYS that are used, of the loaded library.
struct Esys {
    decltype(&Esys_Initialize) initialize;
    decltype(&Esys_Finalize) finalize;
    decltype(&Esys_Free) free;
    decltype(&Esys_GetCapability) get_capability;
    decltype(&Esys_TR_FromTPMPublic) from_public;
    decltype(&Esys_TR_Close) close;
    decltype(&Esys_NV_ReadPublic) read_public;
    decltype(&Esys_NV_Read) read;
    decltype(&Esys_NV_Write) write;
    decltype(&Esys_NV_DefineSpace) define;
};

/// kNotFound where tpm2-tss is not installed.
Result<Esys> load_esys();

/// A way to the TPM that this project opens itself, and the memory of its context.
class DeviceTransport {
  public:
    DeviceTransport() = default;
    ~DeviceTransport();
    DeviceTransport(const DeviceTransport&) = delete;
    DeviceTransport& operator=(const DeviceTransport&) = delete;

    Status open(const std::string& path);
    TSS2_TCTI_CONTEXT* context() { return reinterpret_cast<TSS2_TCTI_CONTEXT*>(memory_.data()); }

  private:
    std::vector<uint64_t> memory_;
    bool open_ = false;
};

}  // namespace ucx_crypto::attest::snp
