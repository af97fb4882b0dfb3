// Helper threads of a process, which do tasks for the threads that own them.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "ucx_crypto/helpers/task_queue.h"

namespace ucx_crypto::helpers {

inline constexpr unsigned kMaxHelpers = 16;

struct PoolOptions {
    unsigned helpers = 1;  ///< at most kMaxHelpers
    /// How long a helper without work looks for some before it sleeps. About what it takes to wake
    /// it: a sleeping thread costs its owner a system call and comes 65 us late.
    std::chrono::microseconds spin{150};
    /// Runs in each helper before its first task (placement); false: the helper ends at once.
    std::function<bool()> prepare{};
};

/// Nothing waits for a helper that has not begun: submit() refuses while none is ready, and what
/// nobody has begun its owner takes back and does itself. Only a task in the middle of its work is
/// waited for; when that takes long, because the processor was given to somebody else, the pool
/// rests, and rests longer each time it happens again.
///
/// submit(), try_here() and finish() may be called from any thread, for its own tasks. In a forked
/// child there are no helpers: submit() refuses.
class Pool {
  public:
    explicit Pool(PoolOptions options);
    /// Ends the helpers. No task may be left.
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// Begins a task, which is not done() from now on. False: the helpers do not take it, and its
    /// owner finishes it by itself.
    bool submit(Task& task);
    /// Does the task here if nobody has begun it. False: a helper has, or it is done.
    bool try_here(Task& task);
    /// Does the task here, or waits for the helper that has begun it; done() afterwards.
    void finish(Task& task);

    /// Helpers that have come to their work.
    unsigned ready() const { return ready_.load(std::memory_order_acquire); }
    /// Whether submit() takes tasks now.
    bool resting() const;
    /// How long the last rest is, or was.
    std::chrono::nanoseconds last_rest() const {
        return std::chrono::nanoseconds(rest_for_.load(std::memory_order_relaxed));
    }
    /// Helpers that sleep, or are about to: the next task wakes one.
    unsigned sleeping() const { return sleepers_.load(std::memory_order_acquire); }
    /// Tasks that helpers have done, for the curious.
    uint64_t done_by_helpers() const { return done_.load(std::memory_order_relaxed); }

  private:
    void serve(unsigned lane);
    bool sleep();
    void wait(const Task& task);
    void rest();

    TaskQueue queue_;
    PoolOptions options_;
    std::atomic<unsigned> ready_{0};
    std::atomic<bool> stopping_{false};
    std::atomic<uint64_t> done_{0};
    std::atomic<uint32_t> sleepers_{0};
    std::atomic<uint32_t> wakeups_{0};  // what sleeping helpers wait on
    std::atomic<bool> waking_{false};   // one is on its way
    std::atomic<int64_t> rest_until_{0};
    std::atomic<int64_t> rest_for_{0};
    std::unique_ptr<std::vector<std::thread>> threads_;
};

}  // namespace ucx_crypto::helpers
