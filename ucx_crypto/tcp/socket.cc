#include "ucx_crypto/tcp/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ucx_crypto::tcp {
namespace {

constexpr int kBacklog = 4096;  // an all-to-all wire-up may come at once; the kernel caps it

Status set_option(int fd, int level, int name, int value, std::string_view what) {
    if (setsockopt(fd, level, name, &value, sizeof(value)) != 0) {
        return system_error(what, errno);
    }
    return success();
}

Status apply(int fd, const SocketOptions& options) {
    if (options.nodelay) {
        UCX_CRYPTO_TRY(set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY"));
    }
    if (options.send_buffer != 0) {
        UCX_CRYPTO_TRY(set_option(fd, SOL_SOCKET, SO_SNDBUF, static_cast<int>(options.send_buffer),
                                  "SO_SNDBUF"));
    }
    if (options.receive_buffer != 0) {
        UCX_CRYPTO_TRY(set_option(fd, SOL_SOCKET, SO_RCVBUF,
                                  static_cast<int>(options.receive_buffer), "SO_RCVBUF"));
    }
    return success();
}

}  // namespace

bool would_block(int errno_value) {
    return errno_value == EAGAIN || errno_value == EWOULDBLOCK || errno_value == EINTR;
}

Error system_error(std::string_view what, int errno_value) {
    const bool gone = errno_value == ECONNRESET || errno_value == EPIPE;
    return {gone ? ErrorCode::kClosed : ErrorCode::kIo,
            std::string(what) + ": " + std::generic_category().message(errno_value)};
}

SocketAddress::SocketAddress(const sockaddr* address, socklen_t size) : size_(size) {
    std::memcpy(&storage_, address, std::min<size_t>(size, sizeof(storage_)));
}

bool SocketAddress::is_loopback() const {
    if (family() == AF_INET) {
        return ip()[0] == 127;
    }
    return family() == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr);
}

uint16_t SocketAddress::port() const {
    return family() == AF_INET ? ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port)
                               : ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
}

void SocketAddress::set_port(uint16_t port) {
    if (family() == AF_INET) {
        reinterpret_cast<sockaddr_in*>(&storage_)->sin_port = htons(port);
    } else {
        reinterpret_cast<sockaddr_in6*>(&storage_)->sin6_port = htons(port);
    }
}

ByteView SocketAddress::ip() const {
    if (family() == AF_INET) {
        const auto& in = reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr;
        return {reinterpret_cast<const uint8_t*>(&in), sizeof(in)};
    }
    const auto& in6 = reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr;
    return {reinterpret_cast<const uint8_t*>(&in6), sizeof(in6)};
}

Result<SocketAddress> SocketAddress::from_ip(ByteView ip, uint16_t port, uint32_t scope_id) {
    SocketAddress address;
    if (ip.size() == sizeof(in_addr)) {
        auto* in = reinterpret_cast<sockaddr_in*>(&address.storage_);
        in->sin_family = AF_INET;
        std::memcpy(&in->sin_addr, ip.data(), ip.size());
        address.size_ = sizeof(*in);
    } else if (ip.size() == sizeof(in6_addr)) {
        auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage_);
        in6->sin6_family = AF_INET6;
        std::memcpy(&in6->sin6_addr, ip.data(), ip.size());
        if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr)) {
            in6->sin6_scope_id = scope_id;
        }
        address.size_ = sizeof(*in6);
    } else {
        return Error(ErrorCode::kInvalidArgument,
                     "address: expected 4 or 16 bytes, found " + std::to_string(ip.size()));
    }
    address.set_port(port);
    return address;
}

std::string SocketAddress::to_string() const {
    char text[INET6_ADDRSTRLEN] = "?";
    inet_ntop(family(), ip().data(), text, sizeof(text));
    std::string result(text);
    if (family() == AF_INET6) {
        result.insert(result.begin(), '[');
        result.push_back(']');
    }
    result.push_back(':');
    result.append(std::to_string(port()));
    return result;
}

Result<UniqueFd> listen_on(SocketAddress address, uint16_t first_port, uint16_t last_port) {
    // Start at a random port of the range, then try each of them once.
    const uint32_t count = last_port == 0 ? 1 : uint32_t{last_port} - first_port + 1;
    const uint32_t start = count > 1 ? randombytes_uniform(count) : 0;
    int error = 0;
    for (uint32_t i = 0; i < count; ++i) {
        UniqueFd fd(
            ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
        if (!fd.valid()) {
            return system_error("socket", errno);
        }
        if (address.family() == AF_INET6) {
            UCX_CRYPTO_TRY(set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY"));
        }
        address.set_port(last_port == 0 ? 0
                                        : static_cast<uint16_t>(first_port + (start + i) % count));
        if (::bind(fd.get(), address.get(), address.size()) == 0 &&
            ::listen(fd.get(), kBacklog) == 0) {
            return fd;
        }
        error = errno;
        if (error != EADDRINUSE) {
            break;
        }
    }
    return system_error("listen on " + address.to_string(), error);
}

Result<SocketAddress> local_address(const UniqueFd& socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);
    if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return system_error("getsockname", errno);
    }
    return SocketAddress(reinterpret_cast<const sockaddr*>(&storage), size);
}

Result<SocketAddress> peer_address(const UniqueFd& socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);
    if (getpeername(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return system_error("getpeername", errno);
    }
    return SocketAddress(reinterpret_cast<const sockaddr*>(&storage), size);
}

Result<UniqueFd> start_connect(const SocketAddress& remote, const SocketOptions& options) {
    UniqueFd fd(::socket(remote.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!fd.valid()) {
        return system_error("socket", errno);
    }
    UCX_CRYPTO_TRY(apply(fd.get(), options));
    if (::connect(fd.get(), remote.get(), remote.size()) != 0 && errno != EINPROGRESS) {
        return system_error("connect to " + remote.to_string(), errno);
    }
    return fd;
}

Result<UniqueFd> accept_from(const UniqueFd& listener, const SocketOptions& options) {
    UniqueFd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR) {
            return UniqueFd();
        }
        return system_error("accept", errno);
    }
    UCX_CRYPTO_TRY(apply(fd.get(), options));
    return fd;
}

Status connect_result(const UniqueFd& socket) {
    int error = 0;
    socklen_t size = sizeof(error);
    if (getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
        error = errno;
    }
    if (error != 0) {
        return system_error("connect", error);
    }
    return success();
}

}  // namespace ucx_crypto::tcp
