// A bounded queue of tasks without locks, from which the owner of a task can take it back.
#pragma once

#include <array>
#include <atomic>
#include <optional>

#include "ucx_crypto/helpers/task.h"

namespace ucx_crypto::helpers {

/// Any number of threads at both ends. Each cell counts its laps, so that a thread which was held
/// up cannot mistake a later task for the one it saw, and a task is only touched by who has claimed
/// it.
class TaskQueue {
  public:
    static constexpr size_t kCapacity = 64;

    TaskQueue();

    /// The place of the task, or nothing when the queue is full.
    std::optional<uint64_t> push(Task& task);
    /// The oldest task that nobody has claimed, or null.
    Task* pop();
    /// Claims the task at this place; false when somebody has popped it.
    bool take_back(uint64_t ticket);
    /// Nothing to pop. In one order with every push() (sequentially consistent).
    bool empty() const;

  private:
    static constexpr size_t kCacheLine = 64;
    /// What a cell holds in the lap of `ticket`; a later state is a greater number.
    static constexpr uint64_t vacant(uint64_t ticket) { return ticket * 4; }
    static constexpr uint64_t ready(uint64_t ticket) { return ticket * 4 + 1; }
    static constexpr uint64_t claimed(uint64_t ticket) { return ticket * 4 + 2; }

    struct alignas(kCacheLine) Cell {
        std::atomic<uint64_t> state;
        std::atomic<Task*> task;
    };
    Cell& cell(uint64_t ticket) { return cells_[ticket % kCapacity]; }

    std::array<Cell, kCapacity> cells_;
    alignas(kCacheLine) std::atomic<uint64_t> tail_{0};
    alignas(kCacheLine) std::atomic<uint64_t> head_{0};
};

}  // namespace ucx_crypto::helpers
