// How long the providers take for records of some sizes, and what follows from it.
#pragma once

#include <chrono>

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {

/// Bytes of plaintext that are measured, in ascending order.
inline constexpr std::array<size_t, 4> kProbeSizes{64, 512, 4096, 16384};

/// Nanoseconds to seal and open one record of each of kProbeSizes.
using Timings = std::array<double, kProbeSizes.size()>;

/// Measures providers that have passed their self test with one another in turn, in rounds, and
/// takes each one's shortest time: whatever disturbs a measurement makes it longer. Ends
/// after a number of rounds or, between rounds, when `limit` has passed; returns nothing when that
/// was too soon for a comparison.
Result<std::vector<Timings>> measure(std::span<const Provider* const> providers,
                                     Algorithm algorithm, std::chrono::nanoseconds limit);

struct Decision {
    size_t small = 0;        ///< index of a provider
    size_t large = 0;        ///< likewise
    size_t first_large = 0;  ///< one of kProbeSizes where the two differ, 0 otherwise
};

/// `timings` in order of preference, not empty. For the smallest and the largest size: the first
/// that takes at most a tenth longer than the quickest, so that noise does not change the choice.
/// Then the smallest size from which the one for large records is the quicker of the two.
Decision decide(std::span<const Timings> timings);

}  // namespace ucx_crypto::aead
