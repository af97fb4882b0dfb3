// The command line of duel.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "bench/duel/configuration.h"

namespace ucx_crypto::duel {

enum class Test { kLatency, kBandwidth, kPut };

/// "lat", "bw" or "put".
const char* to_string(Test test);
/// What a test's figures are in: "us" or "MB/s".
const char* unit(Test test);

/// `min` and each twice the one before, up to `max`.
std::vector<size_t> powers(size_t min, size_t max);

struct Options {
    bool help = false;
    bool json = false;
    Test test = Test::kLatency;
    std::vector<size_t> sizes = powers(8, 65536);  ///< bytes, at least one
    unsigned blocks = 200;                         ///< per configuration and size
    unsigned window = 0;                           ///< messages in flight; 0: window_of() chooses
    Configuration a;
    Configuration b;

    /// Messages of `size` bytes in flight: 64 as OSU has it, but so few that a block stays short.
    unsigned window_of(size_t size) const;

    size_t largest() const { return *std::max_element(sizes.begin(), sizes.end()); }
};

/// Parses what follows the program's name. Fails with kInvalidArgument and a message for the user.
Result<Options> parse_options(std::span<const char* const> arguments);

std::string help_text();

}  // namespace ucx_crypto::duel
