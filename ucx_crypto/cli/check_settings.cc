#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>

#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/attestation.h"
#include "ucx_crypto/attest/domain_key.h"
#include "ucx_crypto/attest/snp/endorsement_store.h"
#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/site.h"
#include "ucx_crypto/base/transport_list.h"
#include "ucx_crypto/cli/checks.h"
#include "ucx_crypto/loader/job_environment.h"

namespace ucx_crypto::cli {
namespace {

constexpr const char* kSeeAttest = "See ucx_crypto/attest/README.md";

/// Whether jobs started here ask for encryption, so that what they lack is a failure.
bool asked_for() {
    Result<Site> site = load_site(kSiteFile);
    return decide_enforcement(!site || site->require).enforced;
}

attest::Settings attestation_settings(attest::Mode mode) {
    attest::Settings settings;
    settings.mode = mode;
    settings.policy_path = variable("UCX_CRYPTO_POLICY");
    settings.domain_key_path = variable("UCX_CRYPTO_DOMAIN_KEY");
    settings.emulated_dir = variable("UCX_CRYPTO_EMULATED_DIR");
    settings.emulated_module = variable("UCX_CRYPTO_EMULATED_MODULE");
    settings.endorsements = variable("UCX_CRYPTO_ENDORSEMENTS");
    if (settings.endorsements.empty()) {
        settings.endorsements = attest::snp::kDefaultStore;
    }
    if (std::string agent = variable("UCX_CRYPTO_AGENT"); !agent.empty()) {
        settings.agent = agent;
    }
    Result<loader::Installation> installation = loader::find_installation();
    if (settings.emulated_module.empty() && installation) {
        // The transport would look from its own folder, not from this program's.
        std::string path = installation->module_folder + "/../libucx_crypto_emulated.so";
        settings.emulated_module = access(path.c_str(), R_OK) == 0 ? path : "";
    }
    return settings;
}

}  // namespace

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

Finding check_site() {
    Result<Site> site = load_site(kSiteFile);
    if (!site) {
        return from_error("site", Verdict::kFailed, site.error(),
                          "Have the administrator correct it");
    }
    if (Status applied = apply_site(*site); !applied) {
        return from_error("site", Verdict::kFailed, applied.error(), "Unset it");
    }
    return {"site", Verdict::kOk, site->require ? "requires encryption" : "requires nothing", ""};
}

Finding check_alias() {
    std::string preload = variable("LD_PRELOAD");
    Result<loader::Installation> installation = loader::find_installation();
    if (installation && preload.find(installation->preload()) != std::string::npos) {
        return {"alias", Verdict::kOk,
                fmt::format("{} becomes {} by LD_PRELOAD", kTransportAlias, kTransportName), ""};
    }
    return {"alias", Verdict::kWarning,
            fmt::format("LD_PRELOAD={} does not make {} known to UCX", preload, kTransportAlias),
            "Run eval \"$(ucx-crypto env)\", or start programs by ucx-crypto run"};
}

Finding check_transports() {
    std::string problem = objection(environ);
    if (!problem.empty() && asked_for()) {
        return {"transports", Verdict::kFailed, problem,
                "Name crypto_tcp, and beside it only transports within a host"};
    }
    for (const auto& [name, value] : transport_lists(environ)) {
        if (names_crypto_transport(value)) {
            return {"transports", Verdict::kOk, name + "=" + value, ""};
        }
    }
    return {"transports", Verdict::kWarning, "no list names a crypto transport",
            "Set UCX_TLS=crypto_tcp, or UCX_CRYPTO_REQUIRE=y"};
}

Finding check_attestation() {
    std::string setting = variable("UCX_CRYPTO_ATTESTATION");
    auto mode = attest::parse_mode(setting.empty() ? "auto" : setting);
    if (!mode) {
        return from_error("attestation", Verdict::kFailed, mode.error(),
                          "Set UCX_CRYPTO_ATTESTATION to one of them, alike on all hosts");
    }
    if (*mode == attest::Mode::kRegistered) {
        return {"attestation", Verdict::kWarning, "mode registered: each program brings its own",
                "Only the program can tell: ucx_crypto_process_query() once it runs"};
    }
    auto attestation = attest::Attestation::create(attestation_settings(*mode));
    if (!attestation) {
        return from_error("attestation", asked_for() ? Verdict::kFailed : Verdict::kWarning,
                          attestation.error(), kSeeAttest);
    }
    std::string found = "mode " + std::string(attest::to_string((*attestation)->mode()));
    if (std::string attester = (*attestation)->attester(); !attester.empty()) {
        found += " by " + attester;
    }
    if ((*attestation)->mode() == attest::Mode::kEmulated) {
        return {"attestation", Verdict::kWarning, found + ", which proves nothing",
                "For tests only: protect data by snp, or by off with a domain key"};
    }
    return {"attestation", Verdict::kOk, found, ""};
}

Finding check_domain_key() {
    constexpr const char* kName = "UCX_CRYPTO_DOMAIN_KEY";
    std::string path = variable(kName);
    if (path.empty()) {
        return {kName, Verdict::kWarning, "not set",
                "A domain key is membership in the job. Make one file for all hosts: (umask 077; "
                "head -c 32 /dev/urandom > FILE)"};
    }
    if (auto key = attest::load_domain_key(path); !key) {
        return from_error(kName, Verdict::kFailed, key.error(), kSeeAttest);
    }
    return {kName, Verdict::kOk, path, ""};
}

Finding check_policy() {
    constexpr const char* kName = "UCX_CRYPTO_POLICY";
    std::string path = variable(kName);
    if (path.empty()) {
        return {kName, Verdict::kOk, "not set: the built-in policy applies", ""};
    }
    if (auto policy = attest::AppraisalPolicy::load(path); !policy) {
        return from_error(kName, Verdict::kFailed, policy.error(), kSeeAttest);
    }
    return {kName, Verdict::kOk, path, ""};
}

}  // namespace ucx_crypto::cli
