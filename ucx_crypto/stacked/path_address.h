// What the two sides of a connection tell each other over it before its records take the inner
// transport. WIRE.md has the layout.
#pragma once

#include "ucx_crypto/stacked/inner_transport.h"

namespace ucx_crypto::stacked {

inline constexpr size_t kMaxNameSize = 31;
inline constexpr size_t kMaxAddressSize = 255;  ///< of each part of an InnerAddress, keys too

struct PathAddress {
    std::string transport;  ///< name of the inner transport
    SessionId session;      ///< under which the sender takes bytes
    InnerAddress inner;
};

/// kExhausted where a part is too long.
Result<Bytes> encode(const PathAddress& address);
/// kProtocol for anything but one whole address.
Result<PathAddress> decode_path_address(ByteView bytes);

}  // namespace ucx_crypto::stacked
