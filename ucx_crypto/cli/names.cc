#include "ucx_crypto/cli/names.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "ucx_crypto/base/transport_list.h"

namespace ucx_crypto::cli {
namespace {

constexpr std::string_view kFamilyOfVariables = "UCX_CRYPTO";

/// Letters to put in, to take out or to replace (Levenshtein's distance).
size_t changes(std::string_view from, std::string_view to) {
    std::vector<size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < from.size(); ++i) {
        size_t diagonal = std::exchange(row[0], i + 1);
        for (size_t k = 0; k < to.size(); ++k) {
            const size_t replaced = diagonal + (from[i] == to[k] ? 0 : 1);
            diagonal = row[k + 1];
            row[k + 1] = std::min({replaced, row[k] + 1, diagonal + 1});
        }
    }
    return row.back();
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string sentence(const std::string& what, std::string_view name,
                     const std::vector<std::string>& known) {
    std::string text = what + " " + std::string(name);
    if (const std::string meant = nearest(name, known); !meant.empty()) {
        text += " (" + meant + "?)";
    }
    return text;
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& known) {
    constexpr size_t kSlips = 3;
    std::string best;
    size_t fewest = std::min(kSlips, name.size() / 2) + 1;
    for (const std::string& candidate : known) {
        if (const size_t count = changes(name, candidate); count < fewest) {
            fewest = count;
            best = candidate;
        }
    }
    return best;
}

std::vector<std::string> unknown_names(const char* const* environment, const KnownNames& known) {
    std::vector<std::string> found;
    std::vector<std::string> transports = known.transports;
    for (const TransportAlias& each : kTransportAliases) {
        if (contains(known.transports, each.name)) {
            transports.emplace_back(each.alias);
        }
    }
    for (const auto& [variable, list] : transport_lists(environment)) {
        for (const std::string& name : crypto_names(list)) {
            if (!contains(transports, name)) {
                found.push_back(sentence("transport", name, transports) + " in " + variable);
            }
        }
    }
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        const std::string_view entry = *environment;
        const std::string_view name = entry.substr(0, entry.find('='));
        if (name.starts_with(kFamilyOfVariables) && !contains(known.variables, name)) {
            found.push_back(sentence("variable", name, known.variables));
        }
    }
    return found;
}

}  // namespace ucx_crypto::cli
