#include "ucx_crypto/cli/check_tree.h"

#include <fmt/core.h>

#include "ucx_crypto/cli/commands.h"

namespace ucx_crypto::cli {
namespace {

using attest::Check;

void append_lines(const std::vector<Check>& checks, size_t depth, std::string& lines) {
    for (const Check& check : checks) {
        lines += fmt::format("{:<9}{:{}}{}{}{}\n", to_string(check.outcome), "", 2 * depth,
                             check.name, check.detail.empty() ? "" : ": ", check.detail);
        append_lines(check.children, depth + 1, lines);
    }
}

}  // namespace

std::string check_lines(const std::vector<Check>& checks) {
    std::string lines;
    append_lines(checks, 0, lines);
    return lines;
}

nlohmann::ordered_json check_json(const std::vector<Check>& checks) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Check& check : checks) {
        nlohmann::ordered_json one = {
            {"name", check.name}, {"outcome", to_string(check.outcome)}, {"detail", check.detail}};
        if (!check.children.empty()) {
            one["checks"] = check_json(check.children);
        }
        list.push_back(std::move(one));
    }
    return list;
}

int print_decision(const std::vector<Check>& checks, bool json) {
    const bool accepted = attest::first_failure(checks) == nullptr;
    if (json) {
        const nlohmann::ordered_json all = {{"accepted", accepted}, {"checks", check_json(checks)}};
        fmt::print("{}\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
        fmt::print("{}{}\n", check_lines(checks), accepted ? "accepted" : "refused");
    }
    return accepted ? kSuccess : kFailedCheck;
}

}  // namespace ucx_crypto::cli
