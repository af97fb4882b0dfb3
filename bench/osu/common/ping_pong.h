#pragma once

#include "bench/osu/common/session.h"

namespace ucx_crypto::osu {

/// One message of blocking sends there and one back; `first` sends before it receives.
void ping_pong(bool first, std::span<const std::byte> sent, std::span<std::byte> received,
               int peer);

/// A whole latency benchmark: rank r against rank r + ranks / 2, all pairs at once. Prints half of
/// the round-trip time in microseconds, the mean over the pairs.
void run_latency(Session& session);

}  // namespace ucx_crypto::osu
