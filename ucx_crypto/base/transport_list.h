// UCX_TLS and its prefixed forms: which variables they are, what they name, and the name that UCX
// can hold. Uses the standard library only, since the preload library is built from it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ucx_crypto {

/// The name that users write, and the one that UCX can register: transport names have at most 9
/// characters (UCT_TL_NAME_MAX is 10 with the NUL, src/uct/api/uct_def.h).
inline constexpr std::string_view kTransportAlias = "crypto_tcp";
inline constexpr std::string_view kTransportName = "crypto_tc";

/// All of them: users write `alias`.
struct TransportAlias {
    std::string_view alias;
    std::string_view name;
};
inline constexpr TransportAlias kTransportAliases[] = {
    {kTransportAlias, kTransportName},
    {"crypto_posix", "crypto_po"},
    {"crypto_sysv", "crypto_sy"},
};

/// Whether UCX takes a transport list from this variable: UCX_TLS, or <PREFIX>_UCX_TLS, which
/// ucp_config_read() prefers when its caller names the prefix (Open MPI: "MPI").
bool is_transport_list(std::string_view variable);

/// `list` with every alias replaced: also `^crypto_tcp`, `\crypto_tcp` and `crypto_tcp:aux`.
std::string replace_alias(std::string_view list);

/// Whether `list` asks for one of our transports by name; a list of exclusions (`^...`) does not.
bool names_crypto_transport(std::string_view list);

/// The names of our family in `list`, in any form, whether there are such transports or not.
std::vector<std::string> crypto_names(std::string_view list);
/// Whether `list` asks for the transport `name`, by its name or its alias.
bool names_transport(std::string_view list, std::string_view name);

/// Variables of `environment` (as ::environ, null: empty) that is_transport_list(), with values.
std::vector<std::pair<std::string, std::string>> transport_lists(const char* const* environment);

/// Replaces aliases in the process's environment. Like setenv(), not for use beside other threads
/// that read or write the environment.
void replace_alias_in_environment();

}  // namespace ucx_crypto
