// The agent's listening socket: inherited from systemd, or made here.
#pragma once

#include <string>

#include "ucx_crypto/base/result.h"
#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto::agent {

/// Non-blocking and close-on-exec.
class Listener {
  public:
    /// The socket that LISTEN_PID and LISTEN_FDS name (sd_listen_fds(3)); without them one at
    /// `path`, to which every user may connect, and whose folder is made if it is missing. A
    /// socket that nobody listens on is replaced. kInvalidArgument for an inherited descriptor of
    /// another kind and for a path that is another kind of file or too long, kRefused when an agent
    /// listens there already.
    static Result<Listener> open(const std::string& path);
    ~Listener();
    Listener(Listener&&) noexcept = default;
    Listener& operator=(Listener&&) = delete;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    int fd() const { return fd_.get(); }
    const std::string& description() const { return description_; }

  private:
    Listener(UniqueFd fd, std::string own_path, std::string description)
        : fd_(std::move(fd)),
          own_path_(std::move(own_path)),
          description_(std::move(description)) {}

    UniqueFd fd_;
    std::string own_path_;  // removed in the end; empty for an inherited one
    std::string description_;
};

}  // namespace ucx_crypto::agent
