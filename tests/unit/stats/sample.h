// An interface as the tests describe it.
#pragma once

#include "ucx_crypto/stats/page.h"

namespace ucx_crypto::stats {

inline const Description kDescription{"crypto_tcp", "eth0", "AES-256-GCM", 3};

}  // namespace ucx_crypto::stats
