// A way to run UCX, by name: the transports of a context and the settings under which it is opened.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::duel {

struct Configuration {
    std::string name;        ///< as it is printed
    std::string transports;  ///< UCX_TLS of this context, with UCX's own names
    /// Variables UCX_*, in the environment while the context and its worker are opened.
    std::vector<std::pair<std::string, std::string>> variables;

    /// Whether it needs the UCT module.
    bool encrypted() const;
    /// Whether it may send in clear to another host.
    bool clear() const;
};

/// The names that parse_configuration() knows, for messages: "tcp, tcp64k, ...".
std::string known_configurations();

/// NAME or NAME:VAR=VALUE,...: a known name with further settings, or one of the user's own with
/// UCX_TLS among them. A comma followed by no VAR= belongs to the value before it. Fails with
/// kInvalidArgument.
Result<Configuration> parse_configuration(std::string_view text);

}  // namespace ucx_crypto::duel
