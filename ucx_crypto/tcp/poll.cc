#include "ucx_crypto/tcp/poll.h"

#include <algorithm>
#include <cerrno>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::tcp {

Result<Poll> Poll::create() {
    Poll poll;
    poll.fd_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
    if (!poll.fd_.valid()) {
        return system_error("epoll_create1", errno);
    }
    return poll;
}

std::span<const epoll_event> Poll::ready(Events& events) const {
    const int count = epoll_wait(fd_.get(), events.data(), kMaxEvents, 0);
    return std::span<const epoll_event>(events).first(static_cast<size_t>(std::max(count, 0)));
}

void Poll::control(int operation, int fd, uint32_t events, uint64_t serial) {
    if (!in_original_process()) {
        return;  // the poll is the parent's as well
    }
    epoll_event event{};
    event.events = events;
    event.data.u64 = serial;
    if (epoll_ctl(fd_.get(), operation, fd, &event) != 0) {
        UCX_CRYPTO_ERROR("%s", system_error("epoll_ctl", errno).message().c_str());
    }
}

}  // namespace ucx_crypto::tcp
