#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ucx_crypto::npb {

/// The problem classes of this suite, smallest first, as -c takes them.
inline constexpr std::string_view kClasses = "SWABC";

enum class Action { kRun, kHelp, kVersion };

struct Options {
    Action action = Action::kRun;
    char problem_class = 0;  ///< one of kClasses when action is kRun
    bool json = false;       ///< one JSON object on one line instead of the official block
};

/// Either options or a message for the user; never both.
struct ParseResult {
    std::optional<Options> options;
    std::string error;
};

/// Parses the arguments after the program's name. Uses getopt_long's global state: one thread only.
[[nodiscard]] ParseResult parse_options(std::span<const char* const> arguments);

/// Which numbers of processes a benchmark can be divided among.
enum class ProcessRule { kPowerOfTwo, kSquare };

/// What is fixed about a benchmark's command line.
struct Usage {
    std::string_view program;  ///< "npb_cg"
    std::string_view title;    ///< "Conjugate Gradient"
    ProcessRule rule = ProcessRule::kPowerOfTwo;
};

[[nodiscard]] std::string help_text(const Usage& usage);

/// Empty if `processes` obey `rule` and are at most `most` (0: any number), else what is wrong.
[[nodiscard]] std::string process_error(ProcessRule rule, int processes, int most);

}  // namespace ucx_crypto::npb
