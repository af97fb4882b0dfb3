// How crypto_tcp gets into this process, beside transports in clear.
#pragma once

#include "bench/duel/configuration.h"

namespace ucx_crypto::duel {

/// Where one of the configurations is encrypted: loads the UCT module, from where it lies relative
/// to this program. kRefused where the process is one that may use no transport in clear and the
/// other configuration asks for one: nothing here lifts that.
Status prepare_transports(const Configuration& a, const Configuration& b);

}  // namespace ucx_crypto::duel
