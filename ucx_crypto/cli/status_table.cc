#include "ucx_crypto/cli/status_table.h"

#include <fmt/core.h>

#include <algorithm>

namespace ucx_crypto::cli {
namespace {

using stats::Counter;
using stats::Found;

struct Column {
    const char* heading;
    Counter counter;
};

constexpr Column kTotals[] = {{"PEERS", Counter::kPeers},
                              {"SENT B", Counter::kBytesSent},
                              {"RECVD B", Counter::kBytesReceived},
                              {"MSG OUT", Counter::kMessagesSent},
                              {"MSG IN", Counter::kMessagesReceived},
                              {"SEALS", Counter::kSeals},
                              {"OPENS", Counter::kOpens},
                              {"REKEYS", Counter::kRekeysSent},
                              {"FAILED", Counter::kConnectionsFailed}};
constexpr Column kRates[] = {
    {"SENT B/s", Counter::kBytesSent},     {"RECVD B/s", Counter::kBytesReceived},
    {"MSG OUT/s", Counter::kMessagesSent}, {"MSG IN/s", Counter::kMessagesReceived},
    {"SEALS/s", Counter::kSeals},          {"OPENS/s", Counter::kOpens},
    {"SENDS/s", Counter::kSendCalls},      {"EPOLLS/s", Counter::kEpollCalls}};

std::string start_of_line(const Found& found) {
    return fmt::format("{:>8} {:>5} {:<16} {:<18}", found.pid,
                       found.snapshot.rank ? std::to_string(*found.snapshot.rank) : "-",
                       found.command, found.snapshot.transport + "/" + found.snapshot.device);
}

std::string headings() {
    return fmt::format("{:>8} {:>5} {:<16} {:<18}", "PID", "RANK", "COMMAND", "INTERFACE");
}

}  // namespace

std::string short_number(double value) {
    constexpr double kStep = 1000;
    constexpr const char* kUnits[] = {"", "k", "M", "G", "T", "P", "E"};
    size_t unit = 0;
    while (value >= kStep - 0.05 && unit + 1 < std::size(kUnits)) {
        value /= kStep;
        ++unit;
    }
    return unit == 0 ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}{}", value, kUnits[unit]);
}

std::string totals_table(const std::vector<Found>& interfaces) {
    std::string table = headings();
    for (const Column& column : kTotals) {
        table += fmt::format(" {:>8}", column.heading);
    }
    table += "  CIPHER\n";
    for (const Found& found : interfaces) {
        table += start_of_line(found);
        for (const Column& column : kTotals) {
            table += fmt::format(" {:>8}",
                                 short_number(static_cast<double>(found.snapshot[column.counter])));
        }
        table += fmt::format("  {}{}\n", found.snapshot.algorithm,
                             found.snapshot.aead.empty() ? "" : " by " + found.snapshot.aead);
    }
    return table;
}

std::string rates_table(const std::vector<Found>& before, const std::vector<Found>& now,
                        double seconds) {
    std::string table = headings();
    for (const Column& column : kRates) {
        table += fmt::format(" {:>9}", column.heading);
    }
    table += "\n";
    for (const Found& found : now) {
        const auto earlier =
            std::find_if(before.begin(), before.end(), [&found](const Found& other) {
                return other.pid == found.pid && other.serial == found.serial;
            });
        if (earlier == before.end()) {
            continue;
        }
        table += start_of_line(found);
        for (const Column& column : kRates) {
            // Counters only grow, but the numbers are another process's.
            const uint64_t from = earlier->snapshot[column.counter];
            const uint64_t to = std::max(found.snapshot[column.counter], from);
            table += fmt::format(" {:>9}", short_number(static_cast<double>(to - from) / seconds));
        }
        table += "\n";
    }
    return table;
}

}  // namespace ucx_crypto::cli
