// Counters as text.
#pragma once

#include <vector>

#include "ucx_crypto/stats/snapshot.h"

namespace ucx_crypto::stats {

/// Where and by whom a snapshot was taken: all of it printable (Snapshot says how).
struct Origin {
    std::string host;
    uint32_t pid = 0;
    std::string command;  ///< may be empty
};

/// This machine's name, made printable.
std::string host_name();

/// One line of JSON without a newline: an object with every counter, zero or not.
std::string to_json(const Origin& origin, const Snapshot& snapshot);

/// Lines that start with "[host:pid:rank]", for people: what the interface is, then the counters
/// that are not zero.
std::string to_lines(const Origin& origin, const Snapshot& snapshot);

}  // namespace ucx_crypto::stats
