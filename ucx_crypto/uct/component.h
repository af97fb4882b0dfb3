// Registration of the crypto component and its transports with UCT.
#pragma once

#include <string>
#include <vector>

namespace ucx_crypto::uct {

/// Adds component, transport and settings to UCT's lists. Once, when the module is loaded; they
/// stay until the process ends, as UCT has no way to take a component back.
void register_component();

/// What register_component() has added, by the names that users write: "transport crypto_tc",
/// "variable UCX_CRYPTO_AEAD".
std::vector<std::string> registered_names();

}  // namespace ucx_crypto::uct
