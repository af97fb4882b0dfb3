// An epoll instance.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <span>

#include "ucx_crypto/tcp/socket.h"

namespace ucx_crypto::tcp {

/// Which of the sockets that it was given are ready. A socket leaves it when it is closed. Changes
/// that the kernel refuses are faults of ours, and logged.
class Poll {
  public:
    static constexpr size_t kMaxEvents = 16;
    using Events = std::array<epoll_event, kMaxEvents>;

    static Result<Poll> create();
    Poll() = default;

    /// `events` as epoll_ctl(2) takes them; `serial` comes back with them, as data.u64.
    void add(int fd, uint32_t events, uint64_t serial) {
        control(EPOLL_CTL_ADD, fd, events, serial);
    }
    void modify(int fd, uint32_t events, uint64_t serial) {
        control(EPOLL_CTL_MOD, fd, events, serial);
    }
    void remove(int fd) { control(EPOLL_CTL_DEL, fd, 0, 0); }
    /// What is ready now, in `events`; never waits.
    std::span<const epoll_event> ready(Events& events) const;
    /// Readable when something is ready.
    int fd() const { return fd_.get(); }

  private:
    void control(int operation, int fd, uint32_t events, uint64_t serial);

    UniqueFd fd_;
};

}  // namespace ucx_crypto::tcp
