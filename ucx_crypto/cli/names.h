// Names that users write - transports, variables - against those that there are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ucx_crypto::cli {

struct KnownNames {
    std::vector<std::string> transports;
    std::vector<std::string> variables;
};

/// The one of `known` that takes the fewest changes of a letter to come to from `name`; empty when
/// that is too many to be a slip.
std::string nearest(std::string_view name, const std::vector<std::string>& known);

/// What `environment` (as ::environ) has that looks like ours and is not: one sentence for each,
/// with the nearest that is.
std::vector<std::string> unknown_names(const char* const* environment, const KnownNames& known);

}  // namespace ucx_crypto::cli
