#include <fmt/core.h>

#include "ucx_crypto/attest/agent/protocol.h"
#include "ucx_crypto/attest/agent/socket_client.h"
#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/cli/checks.h"

namespace ucx_crypto::cli {
namespace {

constexpr const char* kSubject = "node agent";
constexpr std::chrono::seconds kPatience{5};

/// Why jobs with the settings of this environment do not use an agent that is there; empty where
/// they do.
std::string unused_because(bool named) {
    const std::string mode = variable("UCX_CRYPTO_ATTESTATION");
    if (mode == "off" || (mode == "emulated" && !named)) {
        return "UCX_CRYPTO_ATTESTATION=" + mode;
    }
    const auto policy = attest::AppraisalPolicy::load(variable("UCX_CRYPTO_POLICY"));
    if (!policy.ok() || !policy->allow_agent) {
        return "the policy has no allow_agent";
    }
    return policy->channel_binding ? "the policy has channel_binding" : "";
}

}  // namespace

Finding check_node_agent() {
    const std::string setting = variable("UCX_CRYPTO_AGENT");
    if (setting == "off") {
        return {kSubject, Verdict::kOk, "not used: UCX_CRYPTO_AGENT=off", ""};
    }
    const bool named = !setting.empty() && setting != "auto";
    const std::string path = named ? setting : attest::agent::kSocketPath;
    if (!named && !attest::agent::is_there(path)) {
        return {kSubject, Verdict::kOk, "none: processes ask the device themselves", ""};
    }
    const std::string unused = unused_because(named);
    if (const auto agent = attest::agent::open_agent(path, kPatience); !agent.ok()) {
        return from_error(kSubject, unused.empty() || named ? Verdict::kFailed : Verdict::kWarning,
                          agent.error(), "See the log of ucx-cryptod");
    }
    return {kSubject, Verdict::kOk,
            fmt::format("listens at {}, {}", path,
                        unused.empty() ? "and jobs use it" : "not used: " + unused),
            ""};
}

}  // namespace ucx_crypto::cli
