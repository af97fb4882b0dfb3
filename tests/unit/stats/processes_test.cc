#include "ucx_crypto/stats/processes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include "tests/unit/stats/sample.h"

namespace ucx_crypto::stats {
namespace {

constexpr uid_t kSomebody = 65534;

uint32_t this_process() {
    return static_cast<uint32_t>(getpid());
}

/// The exit status of a child that calls `function`.
int in_child(const std::function<int()>& function) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        _exit(function());
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("The interfaces of a process are found, with what they have counted") {
    OwnPage first(kDescription);
    OwnPage second({"crypto_tcp", "lo", "AES-128-GCM", 3});
    second.page().counters.add(Counter::kSeals, 12);
    for (const bool all : {false, true}) {
        const auto census = find_interfaces(all ? std::nullopt : std::optional(this_process()));
        REQUIRE(census.ok());
        std::vector<const Found*> own;
        for (const Found& found : census->interfaces) {
            if (found.pid == this_process()) {
                own.push_back(&found);
            }
        }
        REQUIRE(own.size() == 2);
        CHECK(own[0]->snapshot.device == "eth0");
        CHECK(own[1]->snapshot.device == "lo");
        CHECK(own[1]->snapshot[Counter::kSeals] == 12);
        CHECK(own[0]->serial != own[1]->serial);
        CHECK(own[0]->command == "test_stats");
    }
}

TEST_CASE("Pages of another version are counted, not shown") {
    OwnPage own(kDescription);
    own.page().layout = 1;
    const auto census = find_interfaces(this_process());
    REQUIRE(census.ok());
    CHECK(census->interfaces.empty());
    CHECK(census->other_versions == 1);
}

TEST_CASE("A forked child is not taken for its parent") {
    const OwnPage own(kDescription);
    CHECK(in_child([] {
              const auto census = find_interfaces(this_process());
              return census.ok() && census->interfaces.empty() ? 0 : 1;
          }) == 0);
}

TEST_CASE("What a process puts in the place of a page while it is looked at is never opened") {
    const UniqueFd page(memfd_create(kPageName, MFD_CLOEXEC));
    std::string name = (std::filesystem::temp_directory_path() / "ucx-stats-XXXXXX").string();
    REQUIRE(UniqueFd(mkstemp(name.data())).valid());
    const UniqueFd other(open(name.c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd place(dup(page.get()));
    REQUIRE((page.valid() && other.valid() && place.valid()));
    // A lease tells of everybody who opens it.
    const auto handler = std::signal(SIGIO, SIG_IGN);
    REQUIRE(fcntl(other.get(), F_SETLEASE, F_WRLCK) == 0);
    std::atomic<bool> done{false};
    std::atomic<uint64_t> exchanges{0};
    std::thread process([&] {
        while (!done) {
            dup3(other.get(), place.get(), O_CLOEXEC);
            dup3(page.get(), place.get(), O_CLOEXEC);
            ++exchanges;
        }
    });
    constexpr int kLooks = 1000;
    int looks = 0;
    while (looks < kLooks && fcntl(other.get(), F_GETLEASE) == F_WRLCK) {
        looks += find_interfaces(this_process()).ok() ? 1 : 0;
    }
    done = true;
    process.join();
    CHECK(exchanges > 0);
    CHECK(looks == kLooks);
    CHECK(fcntl(other.get(), F_GETLEASE) == F_WRLCK);
    // That the lease tells.
    const UniqueFd opened(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    CHECK(fcntl(other.get(), F_GETLEASE) != F_WRLCK);
    unlink(name.c_str());
    std::signal(SIGIO, handler);
}

TEST_CASE("A process that is not there, or is somebody else's, is told apart") {
    const auto missing = find_interfaces(0x7fffffff);
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.error().code() == ErrorCode::kNotFound);

    const OwnPage own(kDescription);
    const uint32_t parent = this_process();
    CHECK(in_child([parent] {
              // Not root any more, or never: then the first process is somebody else's.
              const bool root = geteuid() == 0;
              if (root && setresuid(kSomebody, kSomebody, kSomebody) != 0) {
                  return 2;
              }
              const auto foreign = find_interfaces(root ? parent : 1);
              const auto all = find_interfaces();
              const bool refused =
                  !foreign.ok() && foreign.error().code() == ErrorCode::kPermission;
              const bool unseen =
                  all.ok() && (!root || std::none_of(all->interfaces.begin(), all->interfaces.end(),
                                                     [parent](const Found& found) {
                                                         return found.pid == parent;
                                                     }));
              return refused && unseen ? 0 : 1;
          }) == 0);
}

}  // namespace ucx_crypto::stats
