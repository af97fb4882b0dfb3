// ucx-crypto status: what the interfaces of running processes have counted.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <thread>

#include "ucx_crypto/cli/commands.h"
#include "ucx_crypto/cli/status_table.h"
#include "ucx_crypto/stats/processes.h"
#include "ucx_crypto/stats/text.h"

namespace ucx_crypto::cli {
namespace {

struct StatusOptions {
    std::optional<uint32_t> pid;
    double watch = 0;  // seconds
    bool json = false;
    bool fields = false;
};

int print_fields() {
    for (const stats::Field& field : stats::kFields) {
        constexpr const char* kKinds[] = {"total", "now", "maximum"};
        fmt::print("{:<20} {:<8} {}\n", field.name, kKinds[static_cast<size_t>(field.kind)],
                   field.meaning);
    }
    return kSuccess;
}

void print(const stats::Census& census, const StatusOptions& options) {
    const std::string host = stats::host_name();
    for (const stats::Found& found : census.interfaces) {
        const stats::Origin origin{host, found.pid, found.command};
        if (options.json) {
            fmt::print("{}\n", stats::to_json(origin, found.snapshot));
        } else if (options.pid) {
            fmt::print("{}", stats::to_lines(origin, found.snapshot));
        }
    }
    if (!options.json && !options.pid) {
        fmt::print("{}", totals_table(census.interfaces));
    }
    std::fflush(stdout);
}

/// Until no interface is left.
int watch(stats::Census before, const StatusOptions& options) {
    while (!before.interfaces.empty()) {
        const auto start = std::chrono::steady_clock::now();
        std::this_thread::sleep_for(std::chrono::duration<double>(options.watch));
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
        auto now = stats::find_interfaces(options.pid);
        if (!now.ok()) {
            return now.error().code() == ErrorCode::kNotFound ? int{kSuccess}
                                                              : report_failure(now.error());
        }
        if (options.json) {
            print(*now, options);
        } else {
            fmt::print("{}", rates_table(before.interfaces, now->interfaces, passed.count()));
            std::fflush(stdout);
        }
        before = std::move(now).value();
    }
    return kSuccess;
}

int status(const StatusOptions& options) {
    if (options.fields) {
        return print_fields();
    }
    auto census = stats::find_interfaces(options.pid);
    if (!census.ok()) {
        if (options.pid && census.error().code() == ErrorCode::kNotFound) {
            fmt::print(stderr, "ucx-crypto: expected a process {}, found none\n", *options.pid);
            return kFailedCheck;
        }
        return report_failure(census.error());
    }
    if (census->other_versions != 0) {
        fmt::print(stderr,
                   "ucx-crypto: not shown: {} interface(s) of another version of ucx-crypto; use "
                   "its own program\n",
                   census->other_versions);
    }
    if (census->interfaces.empty()) {
        fmt::print(stderr,
                   "ucx-crypto: expected a process of this {} with an open crypto interface, found "
                   "none; processes in other containers and of other users are not seen\n",
                   geteuid() == 0 ? "machine" : "user");
        return kFailedCheck;
    }
    print(*census, options);
    return options.watch > 0 ? watch(std::move(census).value(), options) : kSuccess;
}

}  // namespace

void add_status_command(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand(
        "status",
        "Shows what the interfaces of running jobs have counted; status 1 if there is none");
    const auto options = std::make_shared<StatusOptions>();
    command->add_flag("--json", options->json, "Prints a JSON object per line and interface");
    command->add_option("--pid", options->pid, "This process only, with all that it has counted");
    command
        ->add_option("--watch", options->watch,
                     "Then the rates of every so many seconds, until the job ends")
        ->check(CLI::Range(0.1, 86400.0));
    command->add_flag("--fields", options->fields, "Lists what is counted, and ends");
    command->callback([&action, options] { action = [options] { return status(*options); }; });
}

}  // namespace ucx_crypto::cli
