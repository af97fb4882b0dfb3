#include "ucx_crypto/cli/doctor.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <dlfcn.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/site.h"
#include "ucx_crypto/base/transport_list.h"
#include "ucx_crypto/cli/commands.h"
#include "ucx_crypto/loader/job_environment.h"
#include "ucx_crypto/loader/module.h"

namespace ucx_crypto::cli {
namespace {

const char* name_of(Verdict verdict) {
    static constexpr const char* kNames[] = {"ok", "warning", "failed"};
    return kNames[static_cast<int>(verdict)];
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

Finding cpu() {
#if defined(__x86_64__)
    std::string found;
    auto add = [&](bool has, const char* name) { found += has ? std::string(" ") + name : ""; };
    bool fast = __builtin_cpu_supports("aes") != 0 && __builtin_cpu_supports("pclmul") != 0;
    add(__builtin_cpu_supports("aes") != 0, "AES-NI");
    add(__builtin_cpu_supports("pclmul") != 0, "PCLMULQDQ");
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) {
        add((c & (1U << 9)) != 0, "VAES");
        add((c & (1U << 10)) != 0, "VPCLMULQDQ");
    }
    return {"cpu", fast ? Verdict::kOk : Verdict::kWarning,
            found.empty() ? "no AES instructions" : found.substr(1),
            fast ? "" : "Expect low bandwidth: AES-GCM wants AES-NI and PCLMULQDQ"};
#else
    return {"cpu", Verdict::kWarning, "no x86-64", "Only x86-64 is tried"};
#endif
}

Finding tee_device() {
    for (const char* path : {"/dev/sev-guest", "/sys/kernel/config/tsm/report"}) {
        if (access(path, F_OK) == 0) {
            return {"tee device", Verdict::kOk, path, ""};
        }
    }
    return {"tee device", Verdict::kWarning, "none (/dev/sev-guest, configfs-tsm)",
            "Without one, UCX_CRYPTO_ATTESTATION must be off or emulated"};
}

Finding ucx_library() {
    using GetVersion = void (*)(unsigned*, unsigned*, unsigned*);
    void* handle = dlopen("libucp.so.0", RTLD_NOW | RTLD_LOCAL);
    void* symbol = handle != nullptr ? dlsym(handle, "ucp_get_version") : nullptr;
    if (symbol == nullptr) {
        return {"ucx", Verdict::kFailed, "no libucp.so.0", "Install UCX 1.13 (libucx0)"};
    }
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    reinterpret_cast<GetVersion>(symbol)(&major, &minor, &release);
    bool known = major == 1 && minor >= 13;
    return {"ucx", known ? Verdict::kOk : Verdict::kFailed,
            fmt::format("UCX {}.{}.{}", major, minor, release),
            known ? "" : "Use UCX 1.13 or later"};
}

Finding module_file() {
    Result<loader::Installation> installation = loader::find_installation();
    if (!installation) {
        return {"module", Verdict::kFailed, installation.error().message(),
                "Build or install ucx-crypto completely"};
    }
    std::string path = installation->module_folder + "/" + loader::kModuleFile;
    bool there = access(path.c_str(), R_OK) == 0;
    return {"module", there ? Verdict::kOk : Verdict::kFailed, path + (there ? "" : " is missing"),
            there ? "" : "Build or install ucx-crypto completely"};
}

Finding open_mpi() {
    std::string wrong;
    for (const auto& [name, value] : loader::open_mpi_settings()) {
        std::string found = variable(name.c_str());
        if (found != value) {
            wrong += fmt::format("{}{}={}", wrong.empty() ? "" : ", ", name,
                                 found.empty() ? "(not set)" : found);
        }
    }
    if (wrong.empty()) {
        return {"open mpi", Verdict::kOk, "is set to select ucx alone", ""};
    }
    return {"open mpi", Verdict::kWarning, wrong,
            "Run eval \"$(ucx-crypto env)\", or start jobs by ucx-crypto run"};
}

Finding transports() {
    std::string problem = objection(environ);
    if (!problem.empty() && decide_enforcement(false).enforced) {
        return {"transports", Verdict::kFailed, problem,
                "Name crypto_tcp, and beside it only transports within a host"};
    }
    for (const auto& [name, value] : transport_lists(environ)) {
        if (names_crypto_transport(value)) {
            return {"transports", Verdict::kOk, name + "=" + replace_alias(value), ""};
        }
    }
    return {"transports", Verdict::kWarning, "no list names a crypto transport",
            "Set UCX_TLS=crypto_tcp, or UCX_CRYPTO_REQUIRE=y"};
}

Finding site_file() {
    Result<Site> site = load_site(kSiteFile);
    if (!site) {
        return {"site", Verdict::kFailed, site.error().message(), "Mend the file"};
    }
    return {"site", Verdict::kOk, site->require ? "requires encryption" : "requires nothing", ""};
}

Finding key_file(const char* name, bool secret) {
    std::string path = variable(name);
    if (path.empty()) {
        return {name, Verdict::kWarning, "not set",
                "See ucx_crypto/attest: a domain key is membership in the job"};
    }
    struct stat status {};
    if (stat(path.c_str(), &status) != 0 || access(path.c_str(), R_OK) != 0) {
        return {name, Verdict::kFailed, path + " cannot be read",
                "Give the path of a readable file"};
    }
    if (secret && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return {name, Verdict::kFailed, path + " is open to others", "chmod 600 " + path};
    }
    return {name, Verdict::kOk, path, ""};
}

}  // namespace

std::vector<Finding> examine() {
    return {cpu(),
            tee_device(),
            ucx_library(),
            module_file(),
            open_mpi(),
            transports(),
            site_file(),
            key_file("UCX_CRYPTO_DOMAIN_KEY", true),
            key_file("UCX_CRYPTO_POLICY", false)};
}

std::string as_lines(const std::vector<Finding>& findings) {
    std::string lines;
    for (const Finding& finding : findings) {
        lines +=
            fmt::format("{:<8} {}: {}", name_of(finding.verdict), finding.subject, finding.found);
        lines += finding.mend.empty() ? "\n" : ". " + finding.mend + "\n";
    }
    return lines;
}

std::string as_json(const std::vector<Finding>& findings) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Finding& finding : findings) {
        list.push_back({{"subject", finding.subject},
                        {"verdict", name_of(finding.verdict)},
                        {"found", finding.found},
                        {"mend", finding.mend}});
    }
    return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int exit_status(const std::vector<Finding>& findings) {
    bool failed = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.verdict == Verdict::kFailed;
    });
    return failed ? kFailedCheck : kSuccess;
}

int print_findings(bool json) {
    std::vector<Finding> findings = examine();
    fmt::print("{}", json ? as_json(findings) : as_lines(findings));
    return exit_status(findings);
}

}  // namespace ucx_crypto::cli
