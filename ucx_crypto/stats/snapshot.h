// The counters of one interface at one time, read with suspicion.
#pragma once

#include "ucx_crypto/base/result.h"
#include "ucx_crypto/stats/page.h"

namespace ucx_crypto::stats {

struct Snapshot {
    uint32_t pid = 0;  ///< in the PID namespace of its process
    std::optional<uint32_t> rank;
    uint64_t opened = 0;  ///< seconds since 1970
    std::string transport;
    std::string device;
    std::string algorithm;
    std::string aead;
    std::array<uint64_t, kCounters> values{};

    uint64_t operator[](Counter counter) const { return values[static_cast<size_t>(counter)]; }
};

/// Texts are printable ASCII without quotes and backslashes, or the page is refused (kProtocol), so
/// that they can be printed. kUnsupported: of another version, which has other fields.
Result<Snapshot> read(const Page& page);

/// The page in `memory`: refused (kProtocol) unless it is memory that can no longer become shorter,
/// of a page's size.
Result<Snapshot> read(const UniqueFd& memory);

}  // namespace ucx_crypto::stats
