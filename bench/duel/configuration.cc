#include "bench/duel/configuration.h"

#include <algorithm>
#include <array>

#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/transport_list.h"

namespace ucx_crypto::duel {
namespace {

struct Known {
    std::string_view name;
    std::string_view transports;
    std::string_view variable;  ///< empty: none
    std::string_view value;
};

constexpr std::array kKnown = {
    Known{"tcp", "tcp", "", ""},
    Known{"tcp64k", "tcp", "UCX_TCP_TX_SEG_SIZE", "64k"},
    Known{"crypto_tcp", kTransportAlias, "", ""},
    Known{"crypto_tcp128", kTransportAlias, "UCX_CRYPTO_ALGORITHM", "aes128"},
};

Error wrong(std::string_view text, const std::string& expected) {
    return {ErrorCode::kInvalidArgument,
            "configuration '" + std::string(text) + "': expected " + expected};
}

/// Whether the process, not a context, is what the variable is about.
bool is_for_process(std::string_view variable) {
    return variable == "UCX_CRYPTO_REQUIRE" || variable == "UCX_CRYPTO_ENFORCE";
}

/// Later settings of one variable replace earlier ones.
void set(Configuration& configuration, std::string_view variable, std::string_view value) {
    if (variable == "UCX_TLS") {
        configuration.transports = value;
        return;
    }
    auto& all = configuration.variables;
    auto found = std::find_if(all.begin(), all.end(),
                              [&](const auto& each) { return each.first == variable; });
    if (found == all.end()) {
        all.emplace_back(variable, value);
    } else {
        found->second = value;
    }
}

}  // namespace

bool Configuration::encrypted() const {
    return names_crypto_transport(transports);
}

bool Configuration::clear() const {
    return transports.starts_with('^') || transports == "all" ||
           !forbidden_transport(transports).empty();
}

std::string known_configurations() {
    std::string names;
    for (const Known& known : kKnown) {
        names += (names.empty() ? "" : ", ") + std::string(known.name);
    }
    return names;
}

Result<Configuration> parse_configuration(std::string_view text) {
    const size_t colon = text.find(':');
    Configuration configuration;
    configuration.name = text.substr(0, colon);
    for (const Known& known : kKnown) {
        if (known.name == configuration.name) {
            configuration.transports = known.transports;
            if (!known.variable.empty()) {
                set(configuration, known.variable, known.value);
            }
        }
    }
    std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    std::vector<std::string> items;
    while (!rest.empty()) {
        const size_t comma = std::min(rest.find(','), rest.size());
        const std::string item(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        if (item.starts_with("UCX_") || items.empty()) {
            items.push_back(item);
        } else {
            items.back() += "," + item;
        }
    }
    for (const std::string& item : items) {
        const size_t equals = item.find('=');
        if (equals == std::string::npos || !item.starts_with("UCX_")) {
            return wrong(text, "UCX_VARIABLE=VALUE, found '" + item + "'");
        }
        if (is_for_process(std::string_view(item).substr(0, equals))) {
            return wrong(text, "settings of a context, found '" + item +
                                   "', which is decided for a whole process");
        }
        set(configuration, item.substr(0, equals), item.substr(equals + 1));
    }
    if (configuration.name.empty() || configuration.transports.empty()) {
        return wrong(text, "one of " + known_configurations() + ", or NAME:UCX_TLS=LIST,...");
    }
    configuration.transports = replace_alias(configuration.transports);
    return configuration;
}

}  // namespace ucx_crypto::duel
