#include "ucx_crypto/cli/finding.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "ucx_crypto/cli/commands.h"

namespace ucx_crypto::cli {
namespace {

const char* name_of(Verdict verdict) {
    static constexpr const char* kNames[] = {"ok", "warning", "failed"};
    return kNames[static_cast<int>(verdict)];
}

}  // namespace

Finding from_error(const std::string& subject, Verdict verdict, const Error& error,
                   const std::string& mend) {
    const std::string& message = error.message();
    size_t semicolon = message.rfind("; ");
    if (semicolon == std::string::npos) {
        return {subject, verdict, message, mend};
    }
    std::string todo = message.substr(semicolon + 2);
    if (!todo.empty()) {
        todo[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(todo[0])));
    }
    return {subject, verdict, message.substr(0, semicolon), todo};
}

std::string as_lines(const std::vector<Finding>& findings) {
    std::string lines;
    for (const Finding& finding : findings) {
        lines +=
            fmt::format("{:<8} {}: {}", name_of(finding.verdict), finding.subject, finding.found);
        lines += finding.mend.empty() ? "\n" : ". " + finding.mend + "\n";
    }
    return lines;
}

std::string as_json(const std::vector<Finding>& findings) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Finding& finding : findings) {
        list.push_back({{"subject", finding.subject},
                        {"verdict", name_of(finding.verdict)},
                        {"found", finding.found},
                        {"mend", finding.mend}});
    }
    return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int exit_status(const std::vector<Finding>& findings) {
    bool failed = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.verdict == Verdict::kFailed;
    });
    return failed ? kFailedCheck : kSuccess;
}

}  // namespace ucx_crypto::cli
