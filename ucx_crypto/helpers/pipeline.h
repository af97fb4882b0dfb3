// Tasks that are begun and ended in order, while helpers do them in between.
#pragma once

#include <array>

#include "ucx_crypto/helpers/pool.h"

namespace ucx_crypto::helpers {

/// A window of at most kDepth tasks on one thread's stack. Whatever way it is left, nothing is in
/// flight afterwards.
template <typename T, size_t kDepth>
class Pipeline {
  public:
    explicit Pipeline(Pool& pool) : pool_(pool) {}
    ~Pipeline() { finish_all(); }
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    bool empty() const { return count_ == 0; }
    bool full() const { return count_ == kDepth; }
    size_t size() const { return count_; }

    /// The task to be prepared next; submit() begins it. Not when full().
    T& next() { return slot(count_); }
    void submit() { pool_.submit(slot(count_++)); }

    /// The oldest one. Not when empty().
    T& front() { return slot(0); }
    bool front_done() { return slot(0).done(); }
    /// Makes the front done: does it here when no helper has begun it. While a helper is at it,
    /// does a later one instead of waiting.
    void finish_front() {
        while (!front_done()) {
            size_t i = 0;
            while (i < count_ && !pool_.try_here(slot(i))) {
                ++i;
            }
            if (i == count_) {
                pool_.finish(front());
            }
        }
    }
    void pop() {
        begin_ = (begin_ + 1) % kDepth;
        --count_;
    }
    /// Makes all of them done; they stay in the window.
    void finish_all() {
        for (size_t i = count_; i-- > 0;) {  // a helper goes on at the front meanwhile
            pool_.try_here(slot(i));
        }
        for (size_t i = 0; i < count_; ++i) {
            pool_.finish(slot(i));
        }
    }

  private:
    T& slot(size_t i) { return slots_[(begin_ + i) % kDepth]; }

    Pool& pool_;
    std::array<T, kDepth> slots_;
    size_t begin_ = 0;
    size_t count_ = 0;
};

}  // namespace ucx_crypto::helpers
