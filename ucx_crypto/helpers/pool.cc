#include "ucx_crypto/helpers/pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <exception>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::helpers {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// A record takes a helper some 15 us. One that takes longer than this has lost its processor.
constexpr microseconds kStall{200};
constexpr nanoseconds kFirstRest = milliseconds(20);
constexpr nanoseconds kLongestRest = milliseconds(1000);

int64_t now() {
    return std::chrono::duration_cast<nanoseconds>(Clock::now().time_since_epoch()).count();
}

void pause_processor() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

void futex(std::atomic<uint32_t>& word, int operation, uint32_t value) {
    static_assert(sizeof(word) == sizeof(uint32_t));
    // Every return is looked at by the caller's condition: interrupted, woken or too late.
    static_cast<void>(syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word),
                              operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0));
}

/// The program's signals are the program's: its handlers do not run in our threads.
class BlockedSignals {
  public:
    BlockedSignals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

  private:
    sigset_t before_{};
};

}  // namespace

Pool::Pool(PoolOptions options)
    : options_(std::move(options)), threads_(std::make_unique<std::vector<std::thread>>()) {
    static_cast<void>(in_original_process());  // this process is the original from now on
    const BlockedSignals blocked;
    const unsigned count = std::min(options_.helpers, kMaxHelpers);
    try {
        threads_->reserve(count);
        for (unsigned lane = 1; lane <= count; ++lane) {
            threads_->emplace_back([this, lane] { serve(lane); });
        }
    } catch (const std::exception& error) {  // of the system, or no memory
        UCX_CRYPTO_WARN(
            "helper threads: expected %u, found room for %zu (%s); raise the limit "
            "of processes (ulimit -u) or set UCX_CRYPTO_NUM_HELPERS=0",
            count, threads_->size(), error.what());
    }
}

Pool::~Pool() {
    if (!in_original_process()) {
        // The threads are the parent's: there is nothing here to wait for or to end.
        static_cast<void>(threads_.release());
        return;
    }
    stopping_.store(true, std::memory_order_seq_cst);
    wakeups_.fetch_add(1, std::memory_order_seq_cst);
    futex(wakeups_, FUTEX_WAKE, INT_MAX);
    for (std::thread& thread : *threads_) {
        thread.join();
    }
}

bool Pool::resting() const {
    const int64_t until = rest_until_.load(std::memory_order_relaxed);
    return until != 0 && now() < until;
}

bool Pool::submit(Task& task) {
    task.done_.store(false, std::memory_order_relaxed);
    task.ticket_.reset();
    if (ready() == 0 || resting() || !in_original_process()) {
        return false;
    }
    task.ticket_ = queue_.push(task);
    if (!task.ticket_) {
        return false;
    }
    // After the push, in one order with a helper's look at the queue after it has counted itself.
    if (sleepers_.load(std::memory_order_seq_cst) != 0 &&
        !waking_.exchange(true, std::memory_order_seq_cst)) {
        wakeups_.fetch_add(1, std::memory_order_release);
        futex(wakeups_, FUTEX_WAKE, 1);
    }
    return true;
}

bool Pool::try_here(Task& task) {
    if (task.done() || (task.ticket_ && !queue_.take_back(*task.ticket_))) {
        return false;
    }
    task.run(0);
    task.helped_ = false;
    task.done_.store(true, std::memory_order_relaxed);
    return true;
}

void Pool::finish(Task& task) {
    if (!task.done() && !try_here(task)) {
        wait(task);
    }
}

void Pool::wait(const Task& task) {
    constexpr int kPauses = 2000;  // some 50 us
    for (int i = 0; i < kPauses; ++i) {
        if (task.done()) {
            return;
        }
        pause_processor();
    }
    const auto began = Clock::now();
    while (!task.done()) {
        if (Clock::now() - began < kStall) {
            sched_yield();
        } else {
            // Also where this thread's priority leaves the helper no other chance.
            std::this_thread::sleep_for(microseconds(50));
        }
    }
    if (Clock::now() - began >= kStall) {
        rest();
    }
}

void Pool::rest() {
    const int64_t last_end = rest_until_.load(std::memory_order_relaxed);
    const int64_t last = rest_for_.load(std::memory_order_relaxed);
    const int64_t time = now();
    // Forgotten once it has gone well for four times as long as the last rest lasted.
    const bool soon = last_end != 0 && time - last_end < 4 * last;
    const int64_t next =
        soon ? std::min<int64_t>(2 * last, kLongestRest.count()) : kFirstRest.count();
    rest_for_.store(next, std::memory_order_relaxed);
    rest_until_.store(time + next, std::memory_order_relaxed);
}

void Pool::serve(unsigned lane) {
    pthread_setname_np(pthread_self(), "ucx-crypto-help");
    if (options_.prepare && !options_.prepare()) {
        return;
    }
    ready_.fetch_add(1, std::memory_order_release);
    auto last_work = Clock::now();
    while (!stopping_.load(std::memory_order_relaxed)) {
        Task* task = queue_.pop();
        if (task != nullptr) {
            task->run(lane);
            task->helped_ = true;
            done_.fetch_add(1, std::memory_order_relaxed);
            task->done_.store(true, std::memory_order_release);  // the owner's from now on
            last_work = Clock::now();
            continue;
        }
        constexpr int kPauses = 16;
        for (int i = 0; i < kPauses; ++i) {
            pause_processor();
        }
        if (Clock::now() - last_work >= options_.spin && sleep()) {
            last_work = Clock::now();
        }
    }
    ready_.fetch_sub(1, std::memory_order_release);
}

/// False when there was something to do after all.
bool Pool::sleep() {
    const uint32_t seen = wakeups_.load(std::memory_order_acquire);
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    // Before the look at the queue: whoever pushes after it wakes somebody.
    waking_.store(false, std::memory_order_seq_cst);
    const bool idle = queue_.empty() && !stopping_.load(std::memory_order_seq_cst);
    if (idle) {
        futex(wakeups_, FUTEX_WAIT, seen);
    }
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
    waking_.store(false, std::memory_order_release);  // there may be work for another one
    return idle;
}

}  // namespace ucx_crypto::helpers
