#include "ucx_crypto/helpers/task_queue.h"

namespace ucx_crypto::helpers {

TaskQueue::TaskQueue() {
    for (uint64_t i = 0; i < kCapacity; ++i) {
        cells_[i].state.store(vacant(i), std::memory_order_relaxed);
        cells_[i].task.store(nullptr, std::memory_order_relaxed);
    }
}

std::optional<uint64_t> TaskQueue::push(Task& task) {
    uint64_t tail = tail_.load(std::memory_order_relaxed);
    while (true) {
        Cell& last = cell(tail);
        const uint64_t state = last.state.load(std::memory_order_acquire);
        if (state < vacant(tail)) {
            return std::nullopt;  // the task of the lap before waits still
        }
        if (state > vacant(tail)) {
            tail = tail_.load(std::memory_order_relaxed);
            continue;
        }
        if (tail_.compare_exchange_weak(tail, tail + 1, std::memory_order_relaxed)) {
            last.task.store(&task, std::memory_order_relaxed);
            last.state.store(ready(tail), std::memory_order_seq_cst);
            return tail;
        }
    }
}

Task* TaskQueue::pop() {
    uint64_t head = head_.load(std::memory_order_relaxed);
    while (true) {
        Cell& first = cell(head);
        uint64_t state = first.state.load(std::memory_order_acquire);
        if (state < ready(head)) {
            return nullptr;
        }
        const bool mine =
            state == ready(head) &&
            first.state.compare_exchange_strong(state, claimed(head), std::memory_order_acquire);
        Task* task = nullptr;
        if (mine) {
            task = first.task.load(std::memory_order_relaxed);
            first.state.store(vacant(head + kCapacity), std::memory_order_release);
        }
        // Whoever has claimed it, the place is behind us.
        uint64_t expected = head;
        head_.compare_exchange_strong(expected, head + 1, std::memory_order_relaxed);
        if (mine) {
            return task;
        }
        head = head_.load(std::memory_order_relaxed);
    }
}

bool TaskQueue::take_back(uint64_t ticket) {
    Cell& place = cell(ticket);
    uint64_t state = ready(ticket);
    if (!place.state.compare_exchange_strong(state, claimed(ticket), std::memory_order_acquire)) {
        return false;
    }
    place.state.store(vacant(ticket + kCapacity), std::memory_order_release);
    uint64_t head = ticket;
    head_.compare_exchange_strong(head, ticket + 1, std::memory_order_relaxed);
    return true;
}

bool TaskQueue::empty() const {
    uint64_t head = head_.load(std::memory_order_seq_cst);
    while (true) {
        const uint64_t state = cells_[head % kCapacity].state.load(std::memory_order_seq_cst);
        if (state <= ready(head)) {
            return state != ready(head);
        }
        ++head;  // claimed; what follows may not be
    }
}

}  // namespace ucx_crypto::helpers
