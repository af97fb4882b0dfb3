#include "ucx_crypto/helpers/task_queue.h"

#include <catch2/catch.hpp>
#include <deque>
#include <thread>
#include <vector>

namespace ucx_crypto::helpers {
namespace {

struct Counted final : Task {
    void run(unsigned) noexcept override { runs.fetch_add(1, std::memory_order_release); }
    std::atomic<int> runs{0};
};

}  // namespace

TEST_CASE("Tasks come out in the order in which they went in, over many laps") {
    TaskQueue queue;
    std::deque<Counted> tasks(3 * TaskQueue::kCapacity + 5);
    for (size_t i = 0; i < tasks.size(); ++i) {
        CHECK(queue.empty());
        REQUIRE(queue.push(tasks[i]));
        CHECK_FALSE(queue.empty());
        REQUIRE(queue.push(tasks[(i + 1) % tasks.size()]));
        CHECK(queue.pop() == &tasks[i]);
        CHECK(queue.pop() == &tasks[(i + 1) % tasks.size()]);
        CHECK(queue.pop() == nullptr);
    }
}

TEST_CASE("A full queue refuses, and takes again what has been made room for") {
    TaskQueue queue;
    std::deque<Counted> tasks(TaskQueue::kCapacity + 1);
    std::vector<uint64_t> tickets;
    for (size_t i = 0; i < TaskQueue::kCapacity; ++i) {
        const auto ticket = queue.push(tasks[i]);
        REQUIRE(ticket);
        tickets.push_back(*ticket);
    }
    CHECK_FALSE(queue.push(tasks.back()));
    CHECK(queue.take_back(tickets[0]));
    CHECK(queue.push(tasks.back()));
    CHECK(queue.pop() == &tasks[1]);
}

TEST_CASE(
    "A task that was taken back is popped by nobody, and one that was popped is not taken back") {
    TaskQueue queue;
    std::deque<Counted> tasks(4);
    std::vector<uint64_t> tickets;
    tickets.reserve(tasks.size());
    for (Counted& task : tasks) {
        tickets.push_back(queue.push(task).value());
    }
    CHECK(queue.take_back(tickets[1]));
    CHECK_FALSE(queue.take_back(tickets[1]));
    CHECK(queue.pop() == &tasks[0]);
    CHECK_FALSE(queue.take_back(tickets[0]));
    CHECK(queue.pop() == &tasks[2]);
    CHECK(queue.take_back(tickets[3]));
    CHECK(queue.pop() == nullptr);
    CHECK(queue.empty());
}

TEST_CASE("Of threads that push, pop and take back, exactly one gets each task") {
    constexpr int kRounds = 3000;
    constexpr size_t kOwners = 2;
    constexpr size_t kHelpers = 2;
    constexpr size_t kBatch = 5;
    TaskQueue queue;
    std::atomic<size_t> owners_left{kOwners};
    std::atomic<int> claims{0};
    std::atomic<int> wrong{0};
    const auto own = [&] {
        for (int round = 0; round < kRounds; ++round) {
            std::array<Counted, kBatch> tasks;
            std::array<std::optional<uint64_t>, kBatch> tickets;
            for (size_t i = 0; i < kBatch; ++i) {
                tickets[i] = queue.push(tasks[i]);
            }
            for (size_t i = kBatch; i-- > 0;) {
                if (!tickets[i] || queue.take_back(*tickets[i])) {
                    tasks[i].run(0);
                    ++claims;
                }
            }
            for (Counted& task : tasks) {  // a helper's last touch is its run
                while (task.runs.load() == 0) {
                    std::this_thread::yield();
                }
                wrong += task.runs.load() == 1 ? 0 : 1;
            }
        }
        --owners_left;
    };
    const auto help = [&] {
        while (owners_left != 0) {
            if (Task* task = queue.pop(); task != nullptr) {
                task->run(1);
                ++claims;
            } else {
                std::this_thread::yield();
            }
        }
    };
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kOwners; ++i) {
        threads.emplace_back(own);
    }
    for (size_t i = 0; i < kHelpers; ++i) {
        threads.emplace_back(help);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(claims == kRounds * static_cast<int>(kOwners * kBatch));
    CHECK(wrong == 0);
    CHECK(queue.empty());
}

}  // namespace ucx_crypto::helpers
