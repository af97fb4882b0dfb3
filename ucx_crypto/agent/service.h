// The agent's sockets: accepts, reads and writes for attest::agent::Server, and waits for nobody.
#pragma once

#include <csignal>
#include <map>

#include "ucx_crypto/agent/listener.h"
#include "ucx_crypto/attest/agent/server.h"

namespace ucx_crypto::agent {

class Service {
  public:
    Service(Listener listener, attest::agent::Server& server)
        : listener_(std::move(listener)), server_(server) {}

    /// Serves until the handler of a signal has set `stop`. The caller blocks that signal, and
    /// `while_waiting` is the mask without it, so that it comes while this waits only.
    Status run(const volatile std::sig_atomic_t& stop, const sigset_t& while_waiting);

  private:
    using ClientId = attest::agent::Server::ClientId;

    Status accept_some();
    void read_from(ClientId client, int fd);
    void write_to(ClientId client, int fd);
    void close_finished();

    Listener listener_;
    attest::agent::Server& server_;
    std::map<ClientId, UniqueFd> sockets_;
    std::chrono::steady_clock::time_point starved_until_{};
};

}  // namespace ucx_crypto::agent
