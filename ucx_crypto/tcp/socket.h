// Sockets of crypto_tcp: an owned descriptor, an address, and the few calls the engine makes.
#pragma once

#include <sys/socket.h>

#include <string>
#include <utility>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"
#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto::tcp {

/// An IPv4 or IPv6 address with a port.
class SocketAddress {
  public:
    SocketAddress() = default;
    SocketAddress(const sockaddr* address, socklen_t size);

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const { return size_; }
    int family() const { return storage_.ss_family; }
    bool is_loopback() const;
    uint16_t port() const;  ///< host byte order
    void set_port(uint16_t port);
    /// The 4 or 16 bytes of the address, in network order.
    ByteView ip() const;
    /// From 4 or 16 bytes; IPv6 link-local addresses need the interface's index as scope.
    static Result<SocketAddress> from_ip(ByteView ip, uint16_t port, uint32_t scope_id);
    std::string to_string() const;

  private:
    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

struct SocketOptions {
    bool nodelay = true;
    size_t send_buffer = 0;     ///< SO_SNDBUF in bytes, 0: the system's
    size_t receive_buffer = 0;  ///< SO_RCVBUF in bytes, 0: the system's
};

/// A listener on `address`, with a port out of [first, last] (0, 0: any). Close-on-exec,
/// non-blocking.
Result<UniqueFd> listen_on(SocketAddress address, uint16_t first_port, uint16_t last_port);
Result<SocketAddress> local_address(const UniqueFd& socket);
Result<SocketAddress> peer_address(const UniqueFd& socket);
/// Starts a non-blocking connect to `remote`.
Result<UniqueFd> start_connect(const SocketAddress& remote, const SocketOptions& options);
/// One accepted connection, or an invalid descriptor when none waits.
Result<UniqueFd> accept_from(const UniqueFd& listener, const SocketOptions& options);
/// Success once a started connect has come through; the socket's pending error else.
Status connect_result(const UniqueFd& socket);

/// Whether a call failed only because it would have had to wait, or was interrupted.
bool would_block(int errno_value);

/// An Error with the text of `errno_value`: kClosed when it says that the peer's end is gone, else
/// kIo.
Error system_error(std::string_view what, int errno_value);

}  // namespace ucx_crypto::tcp
