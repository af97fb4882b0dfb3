// The PUT that a peer is sending us: at most one at a time, each byte in order and inside a region
// that was registered for it.
#pragma once

#include <optional>

#include "ucx_crypto/tcp/frame.h"
#include "ucx_crypto/tcp/region_table.h"

namespace ucx_crypto::tcp {

class IncomingPut {
  public:
    explicit IncomingPut(RegionTable& regions) : regions_(regions) {}

    bool is_open() const { return begin_.has_value(); }
    /// True when that was all of it. kProtocol while another is open; kAuthentication when its
    /// range is not inside a region.
    Result<bool> begin(const PutBegin& begin);
    /// Writes the body of a PUT_DATA frame to the region; true when it was the last. kProtocol when
    /// it does not continue the open PUT; kAuthentication when the region is no longer there.
    Result<bool> add(ByteView body);
    /// kProtocol when `operation` is not the open one.
    Status abort(uint64_t operation);
    /// Of the open PUT, which is closed by this.
    uint64_t finish();
    void reset() { begin_.reset(); }

  private:
    /// The open PUT, for messages.
    std::string describe_expected() const;

    RegionTable& regions_;
    std::optional<PutBegin> begin_;
    uint64_t received_ = 0;
};

}  // namespace ucx_crypto::tcp
