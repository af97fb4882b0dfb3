#include "ucx_crypto/stats/snapshot.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/unit/stats/sample.h"

namespace ucx_crypto::stats {
namespace {

/// Memory as a hostile process could make it: `size` bytes that start as `page` does.
UniqueFd memory_of(const Page& page, size_t size, int seals) {
    UniqueFd memory(memfd_create(kPageName, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    REQUIRE(memory.valid());
    REQUIRE(ftruncate(memory.get(), static_cast<off_t>(size)) == 0);
    const size_t filled = std::min(size, sizeof page);
    REQUIRE(pwrite(memory.get(), static_cast<const void*>(&page), filled, 0) ==
            static_cast<ssize_t>(filled));
    REQUIRE((seals == 0 || fcntl(memory.get(), F_ADD_SEALS, seals) == 0));
    return memory;
}

struct Sample {
    OwnPage own{kDescription};
    Page& page = own.page();
};

}  // namespace

TEST_CASE("A page is read as it was written") {
    Sample sample;
    sample.page.aead.set("vaes");
    sample.page.counters.add(Counter::kBytesSent, UINT64_MAX);
    const auto snapshot = read(sample.page);
    REQUIRE(snapshot.ok());
    CHECK(snapshot->pid == static_cast<uint32_t>(getpid()));
    CHECK(snapshot->rank == 3);
    CHECK(snapshot->transport == "crypto_tcp");
    CHECK(snapshot->device == "eth0");
    CHECK(snapshot->algorithm == "AES-256-GCM");
    CHECK(snapshot->aead == "vaes");
    CHECK((*snapshot)[Counter::kBytesSent] == UINT64_MAX);
    CHECK((*snapshot)[Counter::kSeals] == 0);
    CHECK(read(memory_of(sample.page, kPageSize, F_SEAL_SHRINK)).ok());
}

TEST_CASE("A page without a rank has none") {
    OwnPage own({"crypto_tcp", "lo", "AES-256-GCM", std::nullopt});
    const auto snapshot = read(own.page());
    REQUIRE(snapshot.ok());
    CHECK_FALSE(snapshot->rank.has_value());
}

TEST_CASE("Memory that could end under the reader, or has another size, is refused") {
    const Sample sample;
    for (const auto& [size, seals] : {std::pair<size_t, int>{kPageSize, 0},
                                      {kPageSize, F_SEAL_GROW | F_SEAL_WRITE},
                                      {kPageSize - 1, F_SEAL_SHRINK},
                                      {sizeof(Page), F_SEAL_SHRINK},
                                      {0, F_SEAL_SHRINK},
                                      {2 * kPageSize, F_SEAL_SHRINK}}) {
        CAPTURE(size, seals);
        const auto snapshot = read(memory_of(sample.page, size, seals));
        REQUIRE_FALSE(snapshot.ok());
        CHECK(snapshot.error().code() == ErrorCode::kProtocol);
    }
    const UniqueFd file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    CHECK_FALSE(read(file).ok());
    CHECK_FALSE(read(UniqueFd()).ok());
}

TEST_CASE("What is no page of this version is refused") {
    Sample sample;
    SECTION("another mark") {
        sample.page.magic = 0;
        CHECK(read(sample.page).error().code() == ErrorCode::kProtocol);
    }
    SECTION("other fields") {
        sample.page.layout = layout_of_fields() + 1;
        CHECK(read(sample.page).error().code() == ErrorCode::kUnsupported);
    }
    SECTION("a PID that cannot be") {
        sample.page.pid = GENERATE(uint64_t{0}, uint64_t{1} << 31, UINT64_MAX);
        CHECK(read(sample.page).error().code() == ErrorCode::kProtocol);
    }
    SECTION("a rank that cannot be") {
        sample.page.rank = uint64_t{1} << 32;
        CHECK(read(sample.page).error().code() == ErrorCode::kProtocol);
    }
}

TEST_CASE("A text that a terminal or JSON would not take as it is makes no snapshot") {
    Sample sample;
    const char* text = GENERATE("\x1b[2J", "a\"b", "a\\b", "a\nb", "\xc3\xa9");
    const int which = GENERATE(0, 1, 2, 3);
    which == 0   ? sample.page.transport.set(text)
    : which == 1 ? sample.page.device.set(text)
    : which == 2 ? sample.page.algorithm.set(text)
                 : sample.page.aead.set(text);
    CHECK(read(sample.page).error().code() == ErrorCode::kProtocol);
}

}  // namespace ucx_crypto::stats
