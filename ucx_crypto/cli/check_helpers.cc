#include <fmt/core.h>

#include "ucx_crypto/cli/checks.h"
#include "ucx_crypto/helpers/service.h"

namespace ucx_crypto::cli {

Finding check_helpers() {
    constexpr const char* kName = "helper threads";
    const std::string text = variable("UCX_CRYPTO_NUM_HELPERS");
    auto setting = helpers::parse_setting(text.empty() ? "auto" : text);
    if (!setting) {
        return from_error(kName, Verdict::kFailed, setting.error(), "Unset UCX_CRYPTO_NUM_HELPERS");
    }
    const helpers::Plan plan = helpers::plan_here(*setting, std::chrono::milliseconds(100));
    return {kName, Verdict::kOk,
            fmt::format("{} for a process bound as this one{}: {}", plan.helpers,
                        plan.helpers == 0 || plan.processors.empty()
                            ? ""
                            : ", on processors " + helpers::to_string(plan.processors),
                        plan.reason),
            ""};
}

}  // namespace ucx_crypto::cli
