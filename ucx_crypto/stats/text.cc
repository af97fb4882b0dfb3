#include "ucx_crypto/stats/text.h"

#include <unistd.h>

namespace ucx_crypto::stats {
namespace {

/// What is inside is printable by Snapshot's promise.
std::string quoted(std::string_view text) {
    std::string result = "\"";
    result += text;
    result += '"';
    return result;
}

}  // namespace

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) {
        return "?";
    }
    return printable(name.data());
}

std::string to_json(const Origin& origin, const Snapshot& snapshot) {
    std::string json =
        "{\"host\": " + quoted(origin.host) + ", \"pid\": " + std::to_string(origin.pid) +
        ", \"rank\": " + (snapshot.rank ? std::to_string(*snapshot.rank) : std::string("null")) +
        ", \"command\": " + quoted(origin.command) +
        ", \"transport\": " + quoted(snapshot.transport) +
        ", \"device\": " + quoted(snapshot.device) +
        ", \"algorithm\": " + quoted(snapshot.algorithm) + ", \"aead\": " + quoted(snapshot.aead) +
        ", \"opened\": " + std::to_string(snapshot.opened) + ", \"counters\": {";
    for (const Field& field : kFields) {
        json += (field.counter == kFields[0].counter ? "" : ", ") + quoted(field.name) + ": " +
                std::to_string(snapshot[field.counter]);
    }
    return json + "}}";
}

std::string to_lines(const Origin& origin, const Snapshot& snapshot) {
    const std::string start = "[" + origin.host + ":" + std::to_string(origin.pid) + ":" +
                              (snapshot.rank ? std::to_string(*snapshot.rank) : "-") + "] ";
    std::string lines =
        start + snapshot.transport + " on " + snapshot.device + ": " + snapshot.algorithm +
        (snapshot.aead.empty() ? ", no connection yet" : " by " + snapshot.aead) + "\n";
    constexpr size_t kWidth = 20;
    for (const Field& field : kFields) {
        if (snapshot[field.counter] != 0) {
            lines += start + "  " + std::string(field.name) +
                     std::string(kWidth - field.name.size(), ' ') +
                     std::to_string(snapshot[field.counter]) + "\n";
        }
    }
    return lines;
}

}  // namespace ucx_crypto::stats
