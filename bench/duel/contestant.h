// One UCP context with its worker and its endpoint to the other rank.
#pragma once

#include <ucp/api/ucp.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "bench/duel/configuration.h"

namespace ucx_crypto::duel {

/// What the two ranks must tell each other before they can connect: bytes of UCP's.
struct Addresses {
    std::vector<std::byte> worker;
    std::vector<std::byte> remote_key;  ///< of `target`
    uint64_t target = 0;                ///< address of the memory for puts
};

/// Used by one thread. Every operation is bounded in time: kTimedOut after a minute without an end.
class Contestant {
  public:
    /// `memory` is what the peer's puts write to; it must outlive this object. The configuration's
    /// variables are in the environment meanwhile: no other thread may use it.
    static Result<Contestant> open(const Configuration& configuration, std::span<std::byte> memory);
    ~Contestant();
    Contestant(Contestant&& other) noexcept;
    Contestant& operator=(Contestant&&) = delete;

    /// For the other rank's connect().
    Result<Addresses> addresses() const;
    Status connect(const Addresses& peer);

    Status send(std::span<const std::byte> message);
    Status receive(std::span<std::byte> message);
    /// `window` messages from or to the same memory, until all have ended.
    Status send_window(std::span<const std::byte> message, unsigned window);
    Status receive_window(std::span<std::byte> message, unsigned window);
    /// `window` puts to the start of the peer's memory, then a flush.
    Status put_window(std::span<const std::byte> message, unsigned window);

    void progress() { ucp_worker_progress(worker_); }

    /// Closes the endpoint in an orderly way. The peer must progress meanwhile.
    Status close();

  private:
    Contestant() = default;
    Status wait(ucs_status_ptr_t request, const char* what);
    Status wait_all(const char* what);
    ucs_status_ptr_t start_send(std::span<const std::byte> message);
    ucs_status_ptr_t start_receive(std::span<std::byte> message);

    ucp_context_h context_ = nullptr;
    ucp_worker_h worker_ = nullptr;
    ucp_mem_h memory_ = nullptr;
    ucp_ep_h endpoint_ = nullptr;
    ucp_rkey_h remote_key_ = nullptr;
    uint64_t local_target_ = 0;
    uint64_t target_ = 0;
    std::vector<ucs_status_ptr_t> requests_;
};

}  // namespace ucx_crypto::duel
