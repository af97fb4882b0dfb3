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

/// What a terminal and JSON take as it is: ASCII without quotes, backslashes and control
/// characters.
bool is_printable(char letter);
/// `text` with a question mark for each byte that is something else.
std::string printable(std::string text);

/// Texts are printable, or the page is refused (kProtocol). kUnsupported: of another version, which
/// has other fields.
Result<Snapshot> read(const Page& page);

/// The page in `memory`: refused (kProtocol) unless it is memory that can no longer become shorter,
/// of a page's size.
Result<Snapshot> read(const UniqueFd& memory);

}  // namespace ucx_crypto::stats
