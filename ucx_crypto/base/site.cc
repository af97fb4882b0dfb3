#include "ucx_crypto/base/site.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto {
namespace {

constexpr size_t kMaxSize = 64 * 1024;

Error wrong(const std::string& found) {
    return Error(ErrorCode::kInvalidArgument,
                 "expected a JSON object with require (true or false), policy, attestation, "
                 "domain_key and endorsements (strings), found " +
                     found);
}

Status take(const nlohmann::json& value, const std::string& name, Site& site) {
    if (name == "require") {
        if (!value.is_boolean()) {
            return wrong("a require that is neither true nor false");
        }
        site.require = value.get<bool>();
        return success();
    }
    std::string* text = name == "policy"         ? &site.policy
                        : name == "attestation"  ? &site.attestation
                        : name == "domain_key"   ? &site.domain_key
                        : name == "endorsements" ? &site.endorsements
                                                 : nullptr;
    if (text == nullptr) {
        return wrong("the member '" + name + "'");
    }
    if (!value.is_string()) {
        return wrong("a " + name + " that is no string");
    }
    *text = value.get<std::string>();
    return success();
}

Status demand(const char* variable, const std::string& value) {
    if (value.empty()) {
        return success();
    }
    const char* found = std::getenv(variable);
    if (found != nullptr && *found != '\0' && value != found) {
        return Error(ErrorCode::kRefused, std::string("expected ") + variable + "=" + value +
                                              " as the site demands in " + kSiteFile + ", found " +
                                              found + "; unset it");
    }
    setenv(variable, value.c_str(), 1);
    return success();
}

}  // namespace

Result<Site> parse_site(const std::string& text) {
    if (text.find('\0') != std::string::npos) {
        return wrong("a zero byte");  // the library takes it for the end, and skips what follows
    }
    // Of two members of one name the library keeps the last, which could take back the first.
    std::set<std::string> names;
    std::string repeated;
    const auto watch = [&names, &repeated](int, nlohmann::json::parse_event_t event,
                                           nlohmann::json& parsed) {
        if (event == nlohmann::json::parse_event_t::key) {
            const auto& name = parsed.get_ref<const std::string&>();
            repeated = names.insert(name).second ? repeated : name;
        }
        return true;
    };
    nlohmann::json document = nlohmann::json::parse(text, watch, false);
    if (!document.is_object()) {
        return wrong(document.is_discarded() ? "no JSON" : "no object");
    }
    if (!repeated.empty()) {
        return wrong("the member '" + repeated + "' more than once");
    }
    Site site;
    for (const auto& [name, value] : document.items()) {
        UCX_CRYPTO_TRY(take(value, name, site));
    }
    return site;
}

Result<Site> load_site(const std::string& path, unsigned owner) {
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return Site{};
        }
        return Error(ErrorCode::kIo, path + ": expected to read the site's configuration, found: " +
                                         std::strerror(errno));
    }
    struct stat status {};
    if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != owner ||
        (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return Error(ErrorCode::kPermission,
                     path +
                         ": expected a file that belongs to root and that nobody else can "
                         "write; chown root and chmod 644 it");
    }
    std::string text(kMaxSize + 1, '\0');
    size_t size = 0;
    for (ssize_t got = 1; got > 0 && size < text.size(); size += static_cast<size_t>(got)) {
        got = read(file.get(), text.data() + size, text.size() - size);
        if (got < 0) {
            return Error(ErrorCode::kIo, path + ": " + std::strerror(errno));
        }
    }
    if (size > kMaxSize) {
        return wrong("more than 64 KiB").in(path);
    }
    text.resize(size);
    Result<Site> site = parse_site(text);
    if (!site) {
        return std::move(site).error().in(path);
    }
    return site;
}

bool encryption_required(const Site& site) {
    return decide_enforcement(
               {.require = std::getenv("UCX_CRYPTO_REQUIRE"), .site_requires = site.require})
        .enforced;
}

Status apply_site(const Site& site) {
    UCX_CRYPTO_TRY(demand("UCX_CRYPTO_POLICY", site.policy));
    UCX_CRYPTO_TRY(demand("UCX_CRYPTO_ATTESTATION", site.attestation));
    UCX_CRYPTO_TRY(demand("UCX_CRYPTO_DOMAIN_KEY", site.domain_key));
    UCX_CRYPTO_TRY(demand("UCX_CRYPTO_ENDORSEMENTS", site.endorsements));
    if (!encryption_required(site)) {
        return success();
    }
    for (const char* variable : {"UCX_LOG_DATA_SIZE", "UCX_STATS_DEST"}) {
        const char* value = std::getenv(variable);
        if (value != nullptr && *value != '\0' && std::strcmp(value, "0") != 0) {
            return Error(ErrorCode::kRefused, std::string("expected no ") + variable +
                                                  " where encryption is required, found " + value +
                                                  "; unset it");
        }
    }
    return success();
}

}  // namespace ucx_crypto
