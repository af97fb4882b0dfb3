#include "ucx_crypto/base/transport_list.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace ucx_crypto {
namespace {

constexpr std::string_view kVariable = "UCX_TLS";
constexpr std::string_view kPrefixedVariable = "_UCX_TLS";
constexpr std::string_view kFamily = "crypto_";

bool in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The name that starts at `at`, empty if none does.
std::string_view name_at(std::string_view list, size_t at) {
    size_t end = at;
    while (end < list.size() && in_name(list[end])) {
        ++end;
    }
    return list.substr(at, end - at);
}

}  // namespace

bool is_transport_list(std::string_view variable) {
    return variable == kVariable ||
           (variable.size() > kPrefixedVariable.size() && variable.ends_with(kPrefixedVariable));
}

std::string replace_alias(std::string_view list) {
    std::string result;
    result.reserve(list.size());
    for (size_t at = 0; at < list.size();) {
        std::string_view name = name_at(list, at);
        if (name.empty()) {
            result += list[at++];
            continue;
        }
        const auto* found =
            std::find_if(std::begin(kTransportAliases), std::end(kTransportAliases),
                         [&](const TransportAlias& entry) { return entry.alias == name; });
        result += found != std::end(kTransportAliases) ? found->name : name;
        at += name.size();
    }
    return result;
}

bool names_crypto_transport(std::string_view list) {
    return !list.starts_with('^') && !crypto_names(list).empty();
}

std::vector<std::string> crypto_names(std::string_view list) {
    std::vector<std::string> found;
    for (size_t at = 0; at < list.size();) {
        std::string_view name = name_at(list, at);
        if (name.starts_with(kFamily)) {
            found.emplace_back(name);
        }
        at += name.empty() ? 1 : name.size();
    }
    return found;
}

bool names_transport(std::string_view list, std::string_view name) {
    const auto names = crypto_names(replace_alias(list));
    return !list.starts_with('^') && std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::pair<std::string, std::string>> transport_lists(const char* const* environment) {
    std::vector<std::pair<std::string, std::string>> found;
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        std::string_view entry = *environment;
        size_t equals = entry.find('=');
        if (equals != std::string_view::npos && is_transport_list(entry.substr(0, equals))) {
            found.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
        }
    }
    return found;
}

void replace_alias_in_environment() {
    for (const auto& [name, value] : transport_lists(environ)) {
        std::string replaced = replace_alias(value);
        if (replaced != value) {
            setenv(name.c_str(), replaced.c_str(), 1);
        }
    }
}

}  // namespace ucx_crypto
