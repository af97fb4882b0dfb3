// A TPM's NV indexes, as far as reports need them.
#pragma once

#include <chrono>
#include <memory>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"

struct TSS2_TCTI_OPAQUE_CONTEXT_BLOB;

namespace ucx_crypto::attest::snp {

/// An open TPM; tests play one. One thread at a time.
class Tpm {
  public:
    virtual ~Tpm() = default;

    virtual Result<bool> has(uint32_t index) = 0;
    /// The whole index. kNotFound where there is none.
    virtual Result<Bytes> read(uint32_t index) = 0;
    /// Writes the whole index, and defines it before where there is none.
    virtual Status write(uint32_t index, ByteView bytes) = 0;
    /// Keeps other processes of this project away until destruction. kTimedOut.
    virtual Status lock() = 0;
    virtual void wait(std::chrono::milliseconds time) = 0;
};

inline constexpr char kTpmPath[] = "/dev/tpmrm0";

/// The kernel's resource manager for the TPM at `path`, and no other way to any TPM: no variable of
/// the environment is asked. Loads tpm2-tss only when the file is there. kNotFound: no such file,
/// library, or a build without it; kUnsupported: this process may not open it, so that nobody can
/// say what it holds, with the mend in the message; kIo.
Result<std::unique_ptr<Tpm>> open_tpm(const std::string& path);

/// For tests: over a transport of theirs, which must outlive the TPM and has no lock.
Result<std::unique_ptr<Tpm>> open_tpm_over(TSS2_TCTI_OPAQUE_CONTEXT_BLOB* transport);

}  // namespace ucx_crypto::attest::snp
