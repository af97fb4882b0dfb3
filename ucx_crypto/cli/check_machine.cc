#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <fmt/core.h>

#include <cstdlib>

#include "ucx_crypto/aead/openssl_instructions.h"
#include "ucx_crypto/aead/selection.h"
#include "ucx_crypto/attest/attestation.h"
#include "ucx_crypto/attest/snp/choose_source.h"
#include "ucx_crypto/base/site.h"
#include "ucx_crypto/cli/checks.h"

namespace ucx_crypto::cli {

Finding check_cpu() {
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

namespace {

/// "OpenSSL ...", or "intel-ipsec-mb ... below 512 bytes, OpenSSL ... from there".
std::string in_use(const aead::Selection& selection) {
    if (selection.small == selection.large) {
        return selection.small->description();
    }
    return fmt::format("{} below {} bytes, {} from there", selection.small->description(),
                       selection.first_large, selection.large->description());
}

/// Names of all providers, by what came of them here.
struct Outcomes {
    std::string passed;
    std::string failed;
    std::string missing;
};

Outcomes outcomes() {
    Outcomes names;
    for (const aead::Candidate& candidate : aead::candidates()) {
        const aead::Provider* provider = candidate.find();
        std::string& list = provider == nullptr            ? names.missing
                            : aead::tested(*provider).ok() ? names.passed
                                                           : names.failed;
        list.append(list.empty() ? "" : ", ").append(candidate.name);
    }
    return names;
}

/// "; passed their self test: vaes, openssl; not here: ipsec-mb".
std::string as_text(const Outcomes& names) {
    const auto part = [](const char* label, const std::string& list) {
        return list.empty() ? "" : fmt::format("; {}: {}", label, list);
    };
    return part("passed their self test", names.passed) + part("failed it", names.failed) +
           part("not here", names.missing);
}

/// Whether this value of UCX_CRYPTO_ATTESTATION has evidence from elsewhere, or none.
bool does_without_device(const std::string& setting) {
    const auto mode = attest::parse_mode(setting);
    return mode && *mode != attest::Mode::kAuto && *mode != attest::Mode::kSnp;
}

}  // namespace

Finding check_aead() {
    const char* setting = std::getenv("UCX_CRYPTO_ALGORITHM");
    auto algorithm = setting != nullptr ? aead::parse_algorithm(setting)
                                        : Result<aead::Algorithm>(aead::Algorithm::kAes256Gcm);
    if (!algorithm) {
        return {"aead", Verdict::kFailed, algorithm.error().message(),
                "Unset UCX_CRYPTO_ALGORITHM or set it to aes256"};
    }
    const char* chosen = std::getenv("UCX_CRYPTO_AEAD");
    auto choice = aead::parse_choice(chosen != nullptr ? chosen : "auto");
    if (!choice) {
        return {"aead", Verdict::kFailed, choice.error().message(), "Unset UCX_CRYPTO_AEAD"};
    }
    auto selected = aead::selection(*algorithm, *choice);
    if (!selected) {
        return from_error("aead", Verdict::kFailed, selected.error(), "Unset UCX_CRYPTO_AEAD");
    }
    const Outcomes tried = outcomes();
    const std::string found =
        fmt::format("{} by {}{}", aead::to_string(*algorithm), in_use(*selected), as_text(tried));
    if (const std::string hidden = aead::hidden_instructions(); !hidden.empty()) {
        const Result<Site> site = load_site(kSiteFile);
        const bool required = !site || encryption_required(*site);
        return {"aead", required ? Verdict::kFailed : Verdict::kWarning,
                fmt::format("{}, without {}, which OPENSSL_ia32cap hides", found, hidden),
                "Unset OPENSSL_ia32cap: without them AES may take a time that depends on the key"};
    }
    if (!tried.failed.empty()) {
        return {"aead", Verdict::kWarning, found,
                "What failed is not used; find out why, it may be the machine"};
    }
    return {"aead", Verdict::kOk, found, ""};
}

Finding check_tee_device() {
    constexpr const char* kName = "tee device";
    namespace snp = attest::snp;
    auto chosen = snp::choose_source(snp::candidates_of_this_machine());
    if (chosen.ok()) {
        return {kName, Verdict::kOk, chosen->description, ""};
    }
    const bool none = chosen.error().code() == ErrorCode::kNotFound;
    const std::string found =
        none ? "none (/dev/sev-guest, configfs-tsm, Azure's vTPM)" : chosen.error().message();
    if (const std::string mode = variable("UCX_CRYPTO_ATTESTATION"); does_without_device(mode)) {
        return {kName, Verdict::kOk, found + "; mode " + mode + " does without", ""};
    }
    return none ? Finding{kName, Verdict::kWarning, found,
                          "Without one, UCX_CRYPTO_ATTESTATION must be off, registered or emulated"}
                : from_error(kName, Verdict::kWarning, chosen.error(), "See dmesg (sev-guest)");
}

}  // namespace ucx_crypto::cli
