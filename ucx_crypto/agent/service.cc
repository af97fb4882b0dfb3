#include "ucx_crypto/agent/service.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "ucx_crypto/base/log.h"

namespace ucx_crypto::agent {
namespace {

constexpr uint32_t kOverflowUid = 65534;  // who has no number in our user namespace, and nobody
constexpr int kAcceptsPerTurn = 256;      // who comes and goes must not keep others waiting

constexpr std::chrono::milliseconds kPause{100};  // without descriptors or memory

bool again(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/// What a wait until `deadline` is for ppoll(2): rounded up, so that it has passed afterwards.
timespec time_until(std::chrono::steady_clock::time_point deadline) {
    using std::chrono::nanoseconds;
    const auto left = std::max(
        std::chrono::duration_cast<nanoseconds>(deadline - std::chrono::steady_clock::now()),
        nanoseconds(0));
    timespec time{};
    time.tv_sec = left.count() / 1'000'000'000;
    time.tv_nsec = left.count() % 1'000'000'000;
    return time;
}

}  // namespace

Status Service::run(const volatile std::sig_atomic_t& stop, const sigset_t& while_waiting) {
    std::vector<pollfd> polled;
    std::vector<ClientId> clients;
    while (stop == 0) {
        auto deadline = server_.next_deadline();
        const bool starved = std::chrono::steady_clock::now() < starved_until_;
        if (starved) {
            deadline = std::min(deadline.value_or(starved_until_), starved_until_);
        }
        const bool accepts = !starved && !server_.full();
        polled.assign(1, {listener_.fd(), static_cast<short>(accepts ? POLLIN : 0), 0});
        clients.assign(1, 0);
        for (const auto& [client, socket] : sockets_) {
            const bool writes = !server_.output(client).empty();
            polled.push_back({socket.get(), static_cast<short>(writes ? POLLOUT : POLLIN), 0});
            clients.push_back(client);
        }
        const timespec time = deadline ? time_until(*deadline) : timespec{};
        if (ppoll(polled.data(), polled.size(), deadline ? &time : nullptr, &while_waiting) < 0 &&
            errno != EINTR) {
            return Error(ErrorCode::kIo, std::string("poll: ") + std::strerror(errno));
        }
        for (size_t i = 1; i < polled.size(); ++i) {
            if ((polled[i].events & POLLOUT) != 0 && polled[i].revents != 0) {
                write_to(clients[i], polled[i].fd);
            } else if (polled[i].revents != 0) {
                read_from(clients[i], polled[i].fd);
            }
        }
        if (polled[0].revents != 0) {
            UCX_CRYPTO_TRY(accept_some());
        }
        server_.run();
        close_finished();
    }
    return success();
}

Status Service::accept_some() {
    for (int i = 0; i < kAcceptsPerTurn && !server_.full(); ++i) {
        UniqueFd socket(accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket.valid()) {
            if (again(errno) || errno == ECONNABORTED) {
                return success();
            }
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                UCX_CRYPTO_WARN("no more clients for now: %s", std::strerror(errno));
                starved_until_ = std::chrono::steady_clock::now() + kPause;
                return success();
            }
            return Error(ErrorCode::kIo,
                         listener_.description() + ": cannot accept: " + std::strerror(errno));
        }
        ucred peer{};
        socklen_t size = sizeof peer;
        if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
            peer.uid == kOverflowUid) {
            UCX_CRYPTO_WARN(
                "turned away: a process of nobody, or of no user of this user namespace");
            continue;
        }
        const ClientId client = server_.connect(peer.uid);
        read_from(client, sockets_.emplace(client, std::move(socket)).first->second.get());
    }
    return success();
}

void Service::read_from(ClientId client, int fd) {
    // One byte more than a request has tells that there is more.
    uint8_t bytes[attest::agent::kRequestSize + 1];
    const ssize_t count = recv(fd, bytes, sizeof bytes, 0);
    if (count > 0) {
        server_.receive(client, ByteView(bytes, static_cast<size_t>(count)));
        write_to(client, fd);
    } else if (count == 0 || !again(errno)) {
        server_.disconnect(client);
        sockets_.erase(client);
    }
}

void Service::write_to(ClientId client, int fd) {
    const ByteView output = server_.output(client);
    if (output.empty()) {
        return;
    }
    const ssize_t count = send(fd, output.data(), output.size(), MSG_NOSIGNAL);
    if (count >= 0) {
        server_.sent(client, static_cast<size_t>(count));
    } else if (!again(errno)) {
        server_.disconnect(client);
        sockets_.erase(client);
    }
}

void Service::close_finished() {
    for (const ClientId client : server_.take_finished()) {
        sockets_.erase(client);
    }
}

}  // namespace ucx_crypto::agent
