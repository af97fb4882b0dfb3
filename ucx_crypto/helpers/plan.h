// How many helper threads a process has, and on which processors.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::helpers {

/// UCX_CRYPTO_NUM_HELPERS.
struct Setting {
    bool automatic = true;
    unsigned count = 0;  ///< unless automatic

    friend bool operator==(const Setting&, const Setting&) = default;
};

/// "auto", or a number from 0 to kMaxHelpers.
Result<Setting> parse_setting(const std::string& text);

/// Processors as the operating system numbers them.
using ProcessorSet = std::set<unsigned>;

/// Whether a processor is in both.
bool meet(const ProcessorSet& a, const ProcessorSet& b);

/// "0-3,8".
std::string to_string(const ProcessorSet& processors);
/// kInvalidArgument for what is no such list.
Result<ProcessorSet> parse_processors(std::string_view text);

/// What decides.
struct Situation {
    /// Cores of the NUMA nodes that this process may run on, as far as its control group gives
    /// them to it; each with its processors.
    std::vector<ProcessorSet> cores;
    ProcessorSet binding;                ///< processors that this process may run on
    std::vector<ProcessorSet> siblings;  ///< the same of other processes of the job, where found
    unsigned local_ranks = 1;  ///< processes of the job on this machine, this one included
    /// Processors of `cores` without work while it was looked (a sum of fractions), or nothing.
    std::optional<double> idle{};
};

struct Plan {
    unsigned helpers = 0;
    ProcessorSet processors;  ///< where they may run; empty: anywhere
    std::string reason;       ///< for people
};

/// Automatically one helper where each rank of the node can have a core for it that is in no rank's
/// binding and has nothing to do, otherwise none: a helper that shares a core with a rank takes
/// more than it gives, and one is enough while the kernel's part of a transfer takes longer than
/// its encryption. A number that is asked for is obeyed.
Plan make_plan(const Setting& setting, const Situation& situation);

}  // namespace ucx_crypto::helpers
