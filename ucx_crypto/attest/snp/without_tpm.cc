// A build without tpm2-tss.
#include "ucx_crypto/attest/snp/tpm.h"

namespace ucx_crypto::attest::snp {

Result<std::unique_ptr<Tpm>> open_tpm(const std::string& path) {
    return Error(ErrorCode::kNotFound,
                 path + ": expected a build with tpm2-tss to ask a vTPM, found one without");
}

}  // namespace ucx_crypto::attest::snp
