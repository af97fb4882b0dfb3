#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "ucx_crypto/attest/snp/choose_source.h"
#include "ucx_crypto/cli/checks.h"

namespace ucx_crypto::cli {

Finding check_rdma() {
    namespace snp = attest::snp;
    const bool guest = snp::choose_source(snp::candidates_of_this_machine()).ok();
    return examine_rdma("/sys/class/infiniband", guest);
}

Finding examine_rdma(const std::string& folder, bool confidential_guest) {
    std::error_code error;  // the folder is not there where no driver is
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        names.push_back(entry.path().filename().string());
    }
    if (names.empty()) {
        return {"rdma", Verdict::kOk, "no devices", ""};
    }
    std::sort(names.begin(), names.end());
    const std::string found =
        fmt::format("{}; RDMA inside a real SNP guest has not been proven", fmt::join(names, ", "));
    if (!confidential_guest) {
        return {"rdma", Verdict::kOk, found, ""};
    }
    return {
        "rdma", Verdict::kWarning, found,
        "Use crypto_tcp here: an adapter reaches only memory that the guest shares with its host"};
}

}  // namespace ucx_crypto::cli
