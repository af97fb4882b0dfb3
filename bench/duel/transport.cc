#include "bench/duel/transport.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/site.h"
#include "ucx_crypto/loader/module.h"

namespace ucx_crypto::duel {
namespace {

constexpr const char* kAdvice =
    "where nothing requires encryption, start duel in a shell without `ucx-crypto env` and with "
    "UCX_TLS unset";

}  // namespace

Status check_environment(const Configuration& a, const Configuration& b) {
    const Site site = UCX_CRYPTO_TRY(load_site(kSiteFile));
    const Enforcement enforcement = decide_enforcement(site.require);
    for (const Configuration* each : {&a, &b}) {
        if (enforcement.enforced && each->clear()) {
            return Error(ErrorCode::kRefused,
                         "expected a process that may use " + each->transports + " in clear for " +
                             each->name + ", found that " + enforcement.reason + "; " + kAdvice);
        }
    }
    const char* pml = std::getenv("OMPI_MCA_pml");
    if (enforcement.enforced && pml != nullptr && std::string_view(pml) == "ucx") {
        return Error(ErrorCode::kRefused,
                     std::string("expected a process that may meet the other one over Open MPI's "
                                 "TCP, found the settings of `ucx-crypto env`, and that ") +
                         enforcement.reason + "; " + kAdvice);
    }
    return success();
}

Status load_transports(const Configuration& a, const Configuration& b) {
    if (!a.encrypted() && !b.encrypted()) {
        return success();
    }
    std::error_code failure;  // not by argv[0], which is a bare name when PATH was searched
    const auto here = std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
    std::string problems;
    for (const char* relative : {UCX_CRYPTO_MODULES_FROM_BUILD, UCX_CRYPTO_MODULES_FROM_LIBEXEC}) {
        const std::string problem = loader::load_module(here / relative, nullptr);
        if (problem.empty()) {
            return success();
        }
        problems += (problems.empty() ? "" : "; ") + problem;
    }
    return Error(ErrorCode::kNotFound, problems + "; build or install ucx-crypto completely");
}

}  // namespace ucx_crypto::duel
