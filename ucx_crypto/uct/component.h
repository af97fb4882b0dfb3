// Registration of the crypto component and its transports with UCT.
#pragma once

namespace ucx_crypto::uct {

/// Adds component, transport and settings to UCT's lists. Once, when the module is loaded.
void register_component();
void unregister_component();

}  // namespace ucx_crypto::uct
