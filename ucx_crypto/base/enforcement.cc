#include "ucx_crypto/base/enforcement.h"

#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "ucx_crypto/base/transport_list.h"

namespace ucx_crypto {
namespace {

/// Only words that UCX takes for "no" are one.
bool is_no(const char* value) {
    for (const char* no : {"n", "no", "0", "off", "false"}) {
        if (strcasecmp(value, no) == 0) {
            return true;
        }
    }
    return false;
}

}  // namespace

Enforcement decide_enforcement(const EnforcementInputs& inputs) {
    if (inputs.site_requires) {
        return {true, "the site's configuration requires encryption"};
    }
    if (inputs.require != nullptr && *inputs.require != '\0' && !is_no(inputs.require)) {
        return {true, "UCX_CRYPTO_REQUIRE is set"};
    }
    if (inputs.enforce != nullptr && is_no(inputs.enforce)) {
        return {false, "UCX_CRYPTO_ENFORCE lifts it"};
    }
    if (inputs.crypto_named) {
        return {true, "UCX_TLS names a crypto transport"};
    }
    return {false, "no crypto transport is asked for"};
}

bool is_allowed_transport(std::string_view name) {
    for (std::string_view local : {"self", "sysv", "posix", "xpmem", "cma", "knem"}) {
        if (name == local) {
            return true;
        }
    }
    return name.starts_with("crypto_");
}

std::string_view forbidden_transport(std::string_view list) {
    if (list.starts_with('^')) {
        return {};
    }
    for (size_t at = 0; at < list.size();) {
        size_t end = std::min(list.find(',', at), list.size());
        std::string_view item = list.substr(at, end - at);
        at = end + 1;
        item = item.substr(0, item.find(':'));
        if (item.starts_with('\\')) {
            item.remove_prefix(1);
        }
        bool group = item == "sm" || item == "shm" || item == "mm" || item == "all";
        if (!item.empty() && !group && !is_allowed_transport(item)) {
            return item;
        }
    }
    return {};
}

std::string objection(const char* const* environment, const char* ucx_conf) {
    for (const auto& [lists, place] :
         {std::pair(transport_lists(environment), std::string("the environment")),
          std::pair(transport_lists_in_file(ucx_conf),
                    "the working directory's " + std::string(kUcxConf))}) {
        for (const auto& [name, value] : lists) {
            if (const auto forbidden = forbidden_transport(value); !forbidden.empty()) {
                std::string problem = "expected no transport that leaves the host in clear in ";
                problem.append(name).append(", found '").append(forbidden).append("' in ");
                return problem.append(name).append("=").append(value).append(" of ").append(place);
            }
        }
    }
    return {};
}

Enforcement decide_enforcement(bool site_requires) {
    EnforcementInputs inputs;
    for (const auto& [name, value] : transport_lists(environ)) {
        inputs.crypto_named = inputs.crypto_named || names_crypto_transport(value);
    }
    inputs.require = std::getenv("UCX_CRYPTO_REQUIRE");
    inputs.enforce = std::getenv("UCX_CRYPTO_ENFORCE");
    inputs.site_requires = site_requires;
    return decide_enforcement(inputs);
}

}  // namespace ucx_crypto
