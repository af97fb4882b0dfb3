// The open connections of this process, for those who ask from outside of UCX's threads.
#pragma once

#include <vector>

#include "ucx_crypto/channel/secure_channel.h"

namespace ucx_crypto::channel {

struct Connection {
    InstanceId own{};
    InstanceId peer{};
    std::string peer_address;
    bool accepted = false;  ///< the peer connected to us
    aead::Algorithm algorithm = aead::Algorithm::kAes256Gcm;
    PeerStatement statement;
    attest::Claims claims;
};

/// Is in the table as long as it lives. Move-only; an empty one is in no table.
class ListedConnection {
  public:
    ListedConnection() = default;
    explicit ListedConnection(Connection connection);
    ~ListedConnection() { remove(); }
    ListedConnection(ListedConnection&& other) noexcept
        : serial_(std::exchange(other.serial_, 0)) {}
    ListedConnection& operator=(ListedConnection&& other) noexcept {
        std::swap(serial_, other.serial_);
        return *this;
    }

    void remove();

  private:
    uint64_t serial_ = 0;
};

struct ConnectionList {
    std::vector<Connection> connections;  ///< ordered by own and peer instance
    size_t total = 0;                     ///< how many there are
};

/// A copy of at most `most` connections; any thread. kUnsupported in a forked child, where another
/// thread of its parent's may have been writing.
Result<ConnectionList> list_connections(size_t most);

}  // namespace ucx_crypto::channel
