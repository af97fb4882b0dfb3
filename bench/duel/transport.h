// How crypto_tcp gets into this process, beside transports in clear.
#pragma once

#include "bench/duel/configuration.h"

namespace ucx_crypto::duel {

/// kRefused where the process is one that may use no transport in clear, and a configuration or
/// Open MPI, over whose TCP the ranks meet, would use one: nothing here lifts that. To be called
/// before MPI starts.
Status check_environment(const Configuration& a, const Configuration& b);

/// Where one of the configurations is encrypted: loads the UCT module, from where it lies relative
/// to this program.
Status load_transports(const Configuration& a, const Configuration& b);

}  // namespace ucx_crypto::duel
