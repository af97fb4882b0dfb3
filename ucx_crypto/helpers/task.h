// Work that a helper thread or its owner does, once.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace ucx_crypto::helpers {

/// Made, given to a pool and finished by one thread, its owner; run by it or by a helper. It stays
/// where it is until it is done().
class Task {
  public:
    Task() = default;
    virtual ~Task() = default;
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

    /// Does the work. `lane` is 0 for the owner and the number of the helper otherwise, so that
    /// what may be used by one thread at a time can be there once for each.
    virtual void run(unsigned lane) noexcept = 0;

    /// It has not been submitted, or has been run since then: its results may be read. Owner only.
    bool done() const { return done_.load(std::memory_order_acquire); }
    /// Whether a helper has run it, once it is done().
    bool helped() const { return helped_; }

  private:
    friend class Pool;

    std::atomic<bool> done_{true};
    bool helped_ = false;
    std::optional<uint64_t> ticket_;  // owner's: its place in the queue, if it was put there
};

}  // namespace ucx_crypto::helpers
