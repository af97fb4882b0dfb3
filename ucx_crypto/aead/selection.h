// Which provider seals and opens records of which size in this process.
#pragma once

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {

/// UCX_CRYPTO_AEAD.
enum class Choice : uint8_t { kAuto, kVaes, kIpsecMb, kOpenssl, kGcrypt, kSodium };

/// "auto", or a provider's name, in any case.
Result<Choice> parse_choice(std::string_view name);

/// A provider that the project knows, whether this build and this processor have it or not.
struct Candidate {
    Choice choice;
    std::string_view name;
    std::string_view requirement;  ///< what it takes to have it, for messages
    const Provider* (*find)();     ///< its provider, null where there is none
};

/// All of them, in the order in which they are preferred where they are equally quick: first those
/// that keep expanded keys in locked memory.
std::span<const Candidate> candidates();

/// Runs self_test() once per process and keeps the outcome; a failure is logged, once.
Status tested(const Provider& provider);

struct Selection {
    Algorithm algorithm;
    const Provider* small;
    const Provider* large;   ///< the same as `small` where one serves all sizes
    size_t first_large = 0;  ///< records of at least so many bytes of plaintext use `large`
};

/// The names of the providers and from which size on which is used.
std::string to_string(const Selection& selection);

/// For records of `algorithm`: the provider that `choice` names, or those that a calibration finds
/// quickest (calibration.h). Only providers that have passed their self test are used. Made on
/// first use and kept for the life of the process; any thread.
///
/// Errors: kUnsupported when the provider named is missing, lacks the algorithm or fails its self
/// test, kInternal when no provider passes.
Result<Selection> selection(Algorithm algorithm, Choice choice = Choice::kAuto);

/// The same among `known`, each time anew.
Result<Selection> select(std::span<const Candidate> known, Algorithm algorithm, Choice choice);

}  // namespace ucx_crypto::aead
