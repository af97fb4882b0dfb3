#include "tests/unit/tcp/hostile_member.h"

#include <poll.h>
#include <sys/socket.h>

#include "ucx_crypto/handshake/messages.h"

namespace ucx_crypto::tcp {

HostileMember::HostileMember(const Node& victim, bool chooses) {
    do {
        id = identity->instance_id(++interface_counter);
    } while ((victim.id() < id) != chooses);
    const std::array<uint8_t, 4> loopback{127, 0, 0, 1};
    auto socket = listen_on(*SocketAddress::from_ip(loopback, 0, 0), 0, 0);
    REQUIRE(socket.ok());
    listener = std::move(*socket);
}

std::unique_ptr<Link> HostileMember::connect(Node& victim) {
    return make_link(connect_to(victim), channel::Role::kClient, victim.id());
}

UniqueFd HostileMember::accept_socket() const {
    pollfd waiting{listener.get(), POLLIN, 0};  // the kernel connects: nobody needs a turn
    const std::chrono::milliseconds limit = kDeadline;
    REQUIRE(::poll(&waiting, 1, static_cast<int>(limit.count())) == 1);
    auto socket = accept_from(listener, {});
    REQUIRE(socket.ok());
    REQUIRE(socket->valid());
    return std::move(*socket);
}

std::unique_ptr<Link> HostileMember::accept() {
    return serve(accept_socket());
}

std::unique_ptr<Link> HostileMember::serve(UniqueFd socket) {
    return make_link(std::move(socket), channel::Role::kServer, {});
}

std::unique_ptr<Link> HostileMember::make_link(UniqueFd socket, channel::Role role,
                                               const channel::InstanceId& expected) {
    return std::make_unique<Link>(
        std::move(socket), channel::make_channel(identity, role, interface_counter, expected), role,
        pool, counters);
}

bool refuse(int socket) {
    constexpr auto& kAlert = handshake::kAlert;
    return ::send(socket, kAlert.data(), kAlert.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(kAlert.size());
}

void cut_when_closed(int socket) {
    const linger cut{1, 0};
    REQUIRE(::setsockopt(socket, SOL_SOCKET, SO_LINGER, &cut, sizeof(cut)) == 0);
}

}  // namespace ucx_crypto::tcp
