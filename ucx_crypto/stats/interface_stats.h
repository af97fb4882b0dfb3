// The counters of an interface as long as it is open, and what is printed of them at its end.
#pragma once

#include "ucx_crypto/base/result.h"
#include "ucx_crypto/stats/page.h"

namespace ucx_crypto::stats {

/// UCX_CRYPTO_STATS: whether, and where, the counters of an interface are written when it is
/// closed, or when its process exits.
struct Report {
    bool wanted = false;
    std::string file;  ///< a name with %h (host), %p (PID), %r (rank), %%; empty: standard error

    /// "y", "n" and their forms that UCX takes, else the name of a file.
    static Report parse(const std::string& setting);
};

/// `pattern` with its %h, %p and %r replaced.
std::string expand(const std::string& pattern, const std::string& host, uint32_t pid,
                   std::optional<uint32_t> rank);

class InterfaceStats {
  public:
    InterfaceStats(const Description& description, Report report);
    /// Reports; not in a forked child, which has only its parent's.
    ~InterfaceStats();
    InterfaceStats(const InterfaceStats&) = delete;
    InterfaceStats& operator=(const InterfaceStats&) = delete;

    Page& page() { return page_.page(); }

    /// Reports of all open interfaces, which then make no other: for a process that is about to end
    /// without exit(). At exit() it happens by itself.
    static void report_all();

  private:
    void report_once();

    OwnPage page_;
    Report report_;
    bool listed_ = false;  // among those that report at exit
};

}  // namespace ucx_crypto::stats
