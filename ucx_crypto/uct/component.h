// Registration of the crypto component and its transports with UCT.
#pragma once

namespace ucx_crypto::uct {

/// Adds component, transport and settings to UCT's lists. Once, when the module is loaded; they
/// stay until the process ends, as UCT has no way to take a component back.
void register_component();

}  // namespace ucx_crypto::uct
