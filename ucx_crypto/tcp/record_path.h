// Another way for a connection's records than its socket: what stacked/ implements.
#pragma once

#include <memory>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"
#include "ucx_crypto/stats/counters.h"

namespace ucx_crypto::tcp {

/// The receiving end of a path. It copies the bytes before it opens them: the memory that they lie
/// in may be written by others.
class PathReceiver {
  public:
    virtual ~PathReceiver() = default;
    /// `bytes` follow those of the call before. The path may be destroyed in this call.
    virtual void on_path_bytes(ByteView bytes) = 0;
    /// Nothing goes through it any more.
    virtual void on_path_failed(const Error& error) = 0;
};

/// A reliable, ordered stream of sealed bytes to one peer. Only the thread that owns the worker
/// uses it, one call at a time.
class RecordPath {
  public:
    virtual ~RecordPath() = default;
    /// What the peer's connect() takes; it travels over the attested connection.
    virtual Result<Bytes> address() = 0;
    /// Once. Bytes of the peer may come from here on.
    virtual Status connect(ByteView peer_address) = 0;
    /// How many of the bytes were taken: less than all when there is no room now, and then the rest
    /// is sent later as it is.
    virtual Result<size_t> send(ByteView sealed) = 0;
    /// False while bytes that were taken may be lost when this process ends. Makes progress.
    virtual bool drained() = 0;
};

class PathFactory {
  public:
    virtual ~PathFactory() = default;
    /// `receiver` and `counters` outlive the path.
    virtual Result<std::unique_ptr<RecordPath>> create_path(PathReceiver& receiver,
                                                            stats::Counters& counters) = 0;
};

}  // namespace ucx_crypto::tcp
