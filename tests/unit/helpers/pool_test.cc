#include "ucx_crypto/helpers/pool.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <deque>
#include <mutex>
#include <set>

#include "ucx_crypto/helpers/pipeline.h"

namespace ucx_crypto::helpers {
namespace {

constexpr std::chrono::seconds kDeadline{30};

template <typename Condition>
bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

/// Remembers who ran it, and can hold up whoever does.
struct Probe final : Task {
    void run(unsigned by) noexcept override {
        lane = by;
        began.store(true, std::memory_order_release);
        while (held.load(std::memory_order_acquire)) {
            std::this_thread::yield();
        }
        ++runs;
    }
    unsigned lane = 99;
    int runs = 0;
    std::atomic<bool> began{false};
    std::atomic<bool> held{false};
};

std::unique_ptr<Pool> make_pool(unsigned helpers = 1, std::chrono::microseconds spin = {}) {
    PoolOptions options;
    options.helpers = helpers;
    if (spin.count() != 0) {
        options.spin = spin;
    }
    auto pool = std::make_unique<Pool>(std::move(options));
    REQUIRE(eventually([&] { return pool->ready() == helpers; }));
    return pool;
}

}  // namespace

TEST_CASE("A helper does a task that its owner leaves to it, in the helper's lane") {
    const auto pool = make_pool();
    Probe task;
    REQUIRE(pool->submit(task));
    REQUIRE(eventually([&] { return task.done(); }));
    CHECK(task.lane == 1);
    CHECK(task.runs == 1);
    CHECK_FALSE(pool->try_here(task));
    pool->finish(task);
    CHECK(task.runs == 1);
    CHECK(pool->done_by_helpers() == 1);
}

TEST_CASE("A sleeping helper is woken") {
    const auto pool = make_pool(1, std::chrono::microseconds(1));
    for (int i = 0; i < 20; ++i) {
        REQUIRE(eventually([&] { return pool->sleeping() == 1; }));
        Probe task;
        REQUIRE(pool->submit(task));
        REQUIRE(eventually([&] { return task.done(); }));
        CHECK(task.lane == 1);
    }
}

TEST_CASE("Several helpers that fall asleep and are woken lose no task and no wake-up") {
    const auto pool = make_pool(3, std::chrono::microseconds(1));
    for (int i = 0; i < 300; ++i) {
        std::deque<Probe> tasks(5);
        for (Probe& task : tasks) {
            REQUIRE(pool->submit(task));
        }
        for (Probe& task : tasks) {
            REQUIRE(eventually([&] { return task.done(); }));
            CHECK(task.runs == 1);
        }
    }
}

TEST_CASE("What no helper has begun its owner does, and what one has begun it waits for") {
    const auto pool = make_pool();
    Probe first;
    Probe second;
    first.held = true;
    REQUIRE(pool->submit(first));
    REQUIRE(eventually([&] { return first.began.load(); }));
    REQUIRE(pool->submit(second));
    CHECK_FALSE(pool->try_here(first));
    CHECK(pool->try_here(second));
    CHECK(second.lane == 0);
    CHECK(second.done());
    CHECK_FALSE(first.done());
    std::thread release([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        first.held = false;
    });
    pool->finish(first);
    CHECK(first.done());
    CHECK(first.lane == 1);
    release.join();
}

TEST_CASE(
    "A pool rests after a helper was held up, takes tasks again, and rests longer next time") {
    const auto pool = make_pool();
    const auto hold_up = [&] {
        Probe task;
        task.held = true;
        REQUIRE(eventually([&] { return pool->submit(task); }));
        REQUIRE(eventually([&] { return task.began.load(); }));
        std::thread release([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            task.held = false;
        });
        pool->finish(task);
        release.join();
    };
    hold_up();
    const auto first = pool->last_rest();
    CHECK(first > std::chrono::nanoseconds(0));
    // This thread may be held up itself, for longer than the pool rests.
    CHECK(eventually([&] {
        hold_up();
        Probe task;
        const bool refused = !pool->submit(task);
        pool->finish(task);
        return refused && task.lane == 0;
    }));
    CHECK(eventually([&] {
        hold_up();
        return pool->last_rest() > first;
    }));
}

TEST_CASE("Helpers that find no place end, and owners do everything") {
    PoolOptions options;
    options.helpers = 2;
    std::atomic<int> asked{0};
    options.prepare = [&asked] {
        ++asked;
        return false;
    };
    Pool pool(std::move(options));
    REQUIRE(eventually([&] { return asked == 2; }));
    Probe task;
    CHECK_FALSE(pool.submit(task));
    pool.finish(task);
    CHECK(task.lane == 0);
    CHECK(pool.ready() == 0);
}

TEST_CASE("Nothing waits for helpers that look for their places") {
    std::atomic<bool> placed{false};
    PoolOptions options;
    options.prepare = [&placed] {
        while (!placed) {
            std::this_thread::yield();
        }
        return true;
    };
    Pool pool(std::move(options));
    Probe task;
    CHECK_FALSE(pool.submit(task));
    placed = true;
    CHECK(eventually([&] { return pool.submit(task); }));
    pool.finish(task);
    CHECK(task.runs == 1);
}

TEST_CASE("A forked child has no helpers, does its tasks itself and can end the pool") {
    auto pool = make_pool(2);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        Probe task;
        const bool refused = !pool->submit(task);
        pool->finish(task);
        const bool alone = task.lane == 0 && task.runs == 1;
        pool.reset();
        _exit(refused && alone ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    Probe task;
    CHECK(pool->submit(task));  // the parent's go on
    pool->finish(task);
}

TEST_CASE("Helpers take no signal from the program") {
    const auto pool = make_pool();
    struct Mask final : Task {
        void run(unsigned) noexcept override { pthread_sigmask(SIG_SETMASK, nullptr, &mask); }
        sigset_t mask{};
    } task;
    REQUIRE(pool->submit(task));
    REQUIRE(eventually([&] { return task.done(); }));
    CHECK(sigismember(&task.mask, SIGUSR1) == 1);
    CHECK(sigismember(&task.mask, SIGTERM) == 1);
    sigset_t own;
    pthread_sigmask(SIG_SETMASK, nullptr, &own);
    CHECK(sigismember(&own, SIGUSR1) == 0);
}

TEST_CASE("Several owners share a pool, and each gets its own tasks done once") {
    const auto pool = make_pool(2);
    std::atomic<int> wrong{0};
    std::vector<std::thread> owners;
    owners.reserve(3);
    for (int owner = 0; owner < 3; ++owner) {
        owners.emplace_back([&] {
            for (int round = 0; round < 500; ++round) {
                Pipeline<Probe, 4> window(*pool);
                for (int i = 0; i < 12; ++i) {
                    if (window.full()) {
                        window.finish_front();
                        wrong += window.front().runs == 1 ? 0 : 1;
                        window.pop();
                    }
                    window.next().runs = 0;
                    window.submit();
                }
            }
        });
    }
    for (std::thread& owner : owners) {
        owner.join();
    }
    CHECK(wrong == 0);
}

TEST_CASE(
    "A pipeline gives its tasks back in order and does another while the front is with a helper") {
    const auto pool = make_pool();
    Pipeline<Probe, 3> window(*pool);
    window.next().held = true;
    window.submit();
    Probe& front = window.front();
    REQUIRE(eventually([&] { return front.began.load(); }));
    Probe& second = window.next();
    window.submit();
    window.next();
    window.submit();
    CHECK(window.full());
    std::thread release([&] {
        while (!second.began) {
            std::this_thread::yield();
        }
        front.held = false;
    });
    window.finish_front();  // ends only because the second is done here meanwhile
    release.join();
    CHECK(&window.front() == &front);
    CHECK(front.lane == 1);
    CHECK(second.lane == 0);
    window.pop();
    CHECK(&window.front() == &second);
}

TEST_CASE("A pipeline that is left leaves nothing in flight") {
    const auto pool = make_pool();
    struct Slow final : Task {
        void run(unsigned) noexcept override {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            total.fetch_add(1);
        }
        std::atomic<int> dummy{0};
        static std::atomic<int>& counter() {
            static std::atomic<int> the_counter{0};
            return the_counter;
        }
        std::atomic<int>& total = counter();
    };
    Slow::counter() = 0;
    {
        Pipeline<Slow, 4> window(*pool);
        for (int i = 0; i < 4; ++i) {
            window.next();
            window.submit();
        }
    }
    CHECK(Slow::counter() == 4);
}

}  // namespace ucx_crypto::helpers
