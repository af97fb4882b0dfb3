// The site's floor: /etc/ucx-crypto/site.json, which the environment may only tighten.
#pragma once

#include <string>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto {

// Tests build with another path; there is no way to choose one at run time.
#ifndef UCX_CRYPTO_SITE_FILE
#define UCX_CRYPTO_SITE_FILE "/etc/ucx-crypto/site.json"
#endif
inline constexpr const char* kSiteFile = UCX_CRYPTO_SITE_FILE;

/// Settings of the site; empty strings leave the choice to the environment.
struct Site {
    bool require = false;           ///< no process may use a transport in clear between hosts
    std::string policy;             ///< as UCX_CRYPTO_POLICY
    std::string attestation;        ///< as UCX_CRYPTO_ATTESTATION
    std::string domain_key;         ///< as UCX_CRYPTO_DOMAIN_KEY
    std::string endorsements = {};  ///< as UCX_CRYPTO_ENDORSEMENTS
};

/// Reads `text`, a JSON object with no other members than Site's. kInvalidArgument otherwise.
Result<Site> parse_site(const std::string& text);

/// Reads the file; an empty Site where there is none. kPermission unless it belongs to `owner`
/// (root) and nobody else can write it.
Result<Site> load_site(const std::string& path, unsigned owner = 0);

/// Whether the site or UCX_CRYPTO_REQUIRE requires encryption (naming a crypto transport asks for
/// it only).
bool encryption_required(const Site& site);

/// Puts the site's settings into the environment. kRefused where the environment has another value,
/// or, when the site or UCX_CRYPTO_REQUIRE requires encryption, a setting of UCX that would carry
/// payload or statistics out of the process. Not for use beside threads that use the environment.
Status apply_site(const Site& site);

}  // namespace ucx_crypto
