#include "ucx_crypto/helpers/machine.h"

#include <sched.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "ucx_crypto/helpers/service.h"

namespace ucx_crypto::helpers {
namespace {

ProcessorSet binding_of_this_thread() {
    cpu_set_t set;
    CPU_ZERO(&set);
    REQUIRE(sched_getaffinity(0, sizeof(set), &set) == 0);
    ProcessorSet found;
    for (unsigned i = 0; i < CPU_SETSIZE; ++i) {
        if (CPU_ISSET(i, &set)) {
            found.insert(i);
        }
    }
    return found;
}

}  // namespace

TEST_CASE("This machine has cores where this process runs") {
    const auto situation = look_around(std::chrono::milliseconds(20));
    REQUIRE(situation.ok());
    CHECK(situation->binding == binding_of_this_thread());
    const auto here = std::count_if(
        situation->cores.begin(), situation->cores.end(), [&](const ProcessorSet& core) {
            return std::any_of(core.begin(), core.end(), [&](unsigned processor) {
                return situation->binding.contains(processor);
            });
        });
    CHECK(here > 0);
    REQUIRE(situation->idle);
    CHECK(*situation->idle <= static_cast<double>(situation->cores.size()));
}

TEST_CASE("A thread runs where it is placed, and nowhere that does not exist") {
    std::thread([] {
        const unsigned first = *binding_of_this_thread().begin();
        REQUIRE(run_on({first}).ok());
        CHECK(binding_of_this_thread() == ProcessorSet{first});
        CHECK_FALSE(run_on({}).ok());
        CHECK(binding_of_this_thread() == ProcessorSet{first});
    }).join();
}

TEST_CASE("Idle time of each processor is read, and strange lines are passed over") {
    const auto found = idle_seconds(
        "cpu  1 2 3 4 5\ncpu0 10 0 20 300 0 0 0\ncpu1 1 1\ncpux 1 1 1 1\ncpu12 0 0 0 100\n"
        "intr 5\ncpu99999999999999 1 1 1 1\n");
    REQUIRE(found.size() == 2);
    CHECK(found[0].first == 0);
    CHECK(found[0].second == 3 * found[1].second);
    CHECK(found[1].first == 12);
}

TEST_CASE("Helpers of the process start with the first who wants them and are shared") {
    const auto none = Service::of_process({false, 0});
    CHECK(none->pool() == nullptr);
    const auto one = Service::of_process({false, 1});
    const auto same = Service::of_process({false, 1});
    CHECK(one == same);
    CHECK(one != none);
    Pool* pool = one->pool();
    REQUIRE(pool != nullptr);
    CHECK(same->pool() == pool);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (pool->ready() == 0 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    CHECK(pool->ready() == 1);
}

}  // namespace ucx_crypto::helpers
