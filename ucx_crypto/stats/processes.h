// The interfaces of running processes, found by the pages that they keep open.
#pragma once

#include <vector>

#include "ucx_crypto/stats/snapshot.h"

namespace ucx_crypto::stats {

struct Found {
    uint32_t pid;         ///< in this process's PID namespace
    std::string command;  ///< its name as the kernel has it, made printable
    uint64_t serial;      ///< tells the interfaces of this machine apart
    Snapshot snapshot;
};

struct Census {
    std::vector<Found> interfaces;  ///< by PID, then in the order in which they were opened
    size_t other_versions = 0;      ///< pages of another version of ucx-crypto
};

/// Those of all processes that this user may look into (root: of every user), or of `pid` only.
/// Processes that end meanwhile are left out. kNotFound: /proc is missing, or the process `pid` is.
/// kPermission: `pid` is somebody else's.
Result<Census> find_interfaces(std::optional<uint32_t> pid = std::nullopt);

}  // namespace ucx_crypto::stats
