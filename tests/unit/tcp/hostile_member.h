// A member that listens and connects with one key, and whose connections a test drives by hand.
#pragma once

#include "tests/unit/tcp/authenticated_peer.h"

namespace ucx_crypto::tcp {

struct HostileMember {
    /// The side with the larger id is the one that chooses between two connections.
    HostileMember(const Node& victim, bool chooses);

    SocketAddress address() const { return local_address(listener).value(); }
    std::unique_ptr<Link> connect(Node& victim);
    UniqueFd accept_socket() const;
    std::unique_ptr<Link> accept();
    /// The accepting end of a connection.
    std::unique_ptr<Link> serve(UniqueFd socket);

    std::shared_ptr<channel::Identity> identity = make_member();
    uint32_t interface_counter = 0;
    channel::InstanceId id{};
    UniqueFd listener;
    stats::Counters counters;
    BufferPool pool{kLinkBuffer, 2};

  private:
    std::unique_ptr<Link> make_link(UniqueFd socket, channel::Role role,
                                    const channel::InstanceId& expected);
};

/// Sends the alert of a side that refuses; false when it did not leave.
bool refuse(int socket);
/// Whatever ends this socket ends the connection at once, and what is under way is lost.
void cut_when_closed(int socket);

}  // namespace ucx_crypto::tcp
