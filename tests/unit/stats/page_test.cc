#include "ucx_crypto/stats/page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "tests/unit/stats/sample.h"

namespace ucx_crypto::stats {
namespace {

/// The names in /proc/self/fd of the pages of this process.
std::vector<std::string> pages_of_this_process() {
    std::vector<std::string> pages;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
        if (target.find(kPageName) != std::string::npos) {
            pages.push_back(entry.path().string());
        }
    }
    return pages;
}

}  // namespace

TEST_CASE("Counters add, subtract and keep the largest") {
    Counters counters;
    counters.add(Counter::kSeals);
    counters.add(Counter::kSeals, 41);
    counters.add(Counter::kPeers, 2);
    counters.subtract(Counter::kPeers);
    counters.raise(Counter::kPendingMaximum, 5);
    counters.raise(Counter::kPendingMaximum, 4);
    CHECK(counters.get(Counter::kSeals) == 42);
    CHECK(counters.get(Counter::kPeers) == 1);
    CHECK(counters.get(Counter::kPendingMaximum) == 5);
    CHECK(counters.get(Counter::kOpens) == 0);
}

TEST_CASE("Nobody but its process writes to a page, or makes it shorter") {
    OwnPage own(kDescription);
    REQUIRE(own.shared());
    const auto pages = pages_of_this_process();
    REQUIRE(pages.size() == 1);

    // As its user may change the mode, the seals are what holds.
    REQUIRE(chmod(pages[0].c_str(), 0600) == 0);
    const UniqueFd other(open(pages[0].c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(other.valid());
    const uint64_t value = 7;
    errno = 0;
    CHECK(pwrite(other.get(), &value, sizeof value, offsetof(Page, counters)) < 0);
    CHECK(errno == EPERM);
    CHECK(mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, other.get(), 0) ==
          MAP_FAILED);
    CHECK(ftruncate(other.get(), 0) != 0);
    CHECK(ftruncate(other.get(), 2 * kPageSize) != 0);
    CHECK(fcntl(other.get(), F_ADD_SEALS, F_SEAL_WRITE) != 0);
    own.page().counters.add(Counter::kSeals);
    uint64_t seen = 0;
    REQUIRE(pread(other.get(), &seen, sizeof seen,
                  offsetof(Page, counters) + static_cast<size_t>(Counter::kSeals) * sizeof seen) ==
            sizeof seen);
    CHECK(seen == 1);
}

TEST_CASE("A page is its user's to read, and gone with its interface") {
    {
        const OwnPage own(kDescription);
        const auto pages = pages_of_this_process();
        REQUIRE(pages.size() == 1);
        struct stat status {};
        REQUIRE(stat(pages[0].c_str(), &status) == 0);
        CHECK((status.st_mode & 07777) == 0400);
    }
    CHECK(pages_of_this_process().empty());
}

TEST_CASE("Without shared memory an interface counts all the same") {
    rlimit limit{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const rlimit none{0, limit.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    OwnPage own(kDescription);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK_FALSE(own.shared());
    own.page().counters.add(Counter::kOpens, 3);
    CHECK(own.page().counters.get(Counter::kOpens) == 3);
    CHECK(own.page().transport.get() == "crypto_tcp");
}

TEST_CASE("A text that is too long is cut") {
    Text<16> text;
    text.set("0123456789abcdefgh");
    CHECK(text.get() == "0123456789abcde");
    text.set("");
    CHECK(text.get().empty());
}

}  // namespace ucx_crypto::stats
