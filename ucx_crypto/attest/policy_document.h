// The JSON text of a policy, with the line of every key.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::attest {

struct PolicyDocument {
    nlohmann::json root;
    /// Lines (from 1) of keys, by their path: "vmpl", "tcb_floor.Milan.snp".
    std::map<std::string, size_t> lines;

    /// One JSON object in which no key is repeated; the library alone would let the last of two
    /// equal keys win. kInvalidArgument otherwise, with the line.
    static Result<PolicyDocument> parse(std::string_view text);

    /// kInvalidArgument: "line 3, key 'tcb_floor.Milan.snp': expected ..., found ...".
    Error bad_key(const std::string& path, const std::string& expected,
                  const nlohmann::json& found) const;
    /// The same with words for what was found.
    Error bad_key(const std::string& path, const std::string& message) const;
};

}  // namespace ucx_crypto::attest
