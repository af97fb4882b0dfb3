#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "bench/osu/common/pattern.h"

using namespace ucx_crypto::osu;

namespace {

std::vector<std::byte> filled(MessageId id, std::size_t size) {
    std::vector<std::byte> message(size);
    fill_pattern(id, message);
    return message;
}

}  // namespace

TEST_CASE("a filled message of any length passes its own check, byte by byte") {
    for (std::size_t size = 0; size <= 100; ++size) {
        const MessageId id{size * 37, size};
        const auto message = filled(id, size);
        CHECK_FALSE(check_pattern(id, message));
        for (std::size_t i = 0; i < size; ++i) {
            REQUIRE(static_cast<std::uint8_t>(message[i]) == pattern_byte(id, i));
        }
    }
}

TEST_CASE("any single flipped bit is found, at its offset") {
    const MessageId id{3, 1};
    for (const std::size_t size : {1, 7, 8, 9, 64, 1001}) {
        auto message = filled(id, size);
        for (std::size_t bit = 0; bit < size * 8; ++bit) {
            const std::byte mask{static_cast<std::uint8_t>(1U << (bit % 8))};
            message[bit / 8] ^= mask;
            const auto mismatch = check_pattern(id, message);
            REQUIRE(mismatch);
            REQUIRE(mismatch->offset == bit / 8);
            REQUIRE(mismatch->expected == pattern_byte(id, bit / 8));
            REQUIRE(mismatch->found == static_cast<std::uint8_t>(message[bit / 8]));
            message[bit / 8] ^= mask;
        }
        CHECK_FALSE(check_pattern(id, message));
    }
}

TEST_CASE("a stale message fails in every byte, even one byte long") {
    const auto stale = filled({1000, 4}, 64);
    for (std::uint64_t later = 1001; later < 1024; ++later) {
        for (std::size_t i = 0; i < stale.size(); ++i) {
            REQUIRE(static_cast<std::uint8_t>(stale[i]) != pattern_byte({later, 4}, i));
        }
    }
    for (std::uint64_t later = 1024; later < 5000; ++later) {
        REQUIRE(check_pattern({later, 4}, stale));
    }
}

TEST_CASE("a message from another rank, or shifted by any offset, fails") {
    const auto message = filled({5, 2}, 512);
    for (std::uint64_t stream = 0; stream < 300; ++stream) {
        REQUIRE(check_pattern({5, stream}, message).has_value() == (stream != 2));
    }
    for (std::size_t shift = 1; shift <= 448; ++shift) {
        REQUIRE(check_pattern({5, 2}, std::span(message).subspan(shift, 64)));
    }
}

TEST_CASE("an untouched buffer of zeros or ones fails") {
    for (const std::byte value : {std::byte{0}, std::byte{0xFF}}) {
        const std::vector<std::byte> untouched(16, value);
        for (std::uint64_t iteration = 0; iteration < 1000; ++iteration) {
            REQUIRE(check_pattern({iteration, 0}, untouched));
        }
    }
}

TEST_CASE("reduction inputs are bounded and their sums tell iterations apart") {
    for (std::size_t index = 0; index < 200; ++index) {
        std::uint32_t previous = 0;
        for (std::uint64_t iteration = 0; iteration < 256; ++iteration) {
            std::uint32_t sum = 0;
            for (std::uint64_t rank = 0; rank < 4; ++rank) {
                const auto number = pattern_number({iteration, rank}, index);
                REQUIRE(number <= 2303);
                sum += number;
            }
            if (iteration > 0) {
                REQUIRE(sum > previous);
            }
            previous = sum;
        }
    }
}

TEST_CASE(
    "a sum of two bytes takes every value, without overflow, and shows an addend that is missing") {
    std::vector<bool> seen(256);
    for (std::size_t offset = 0; offset < 4096; ++offset) {
        const ByteSum one = pattern_sum({7, 0}, offset);
        REQUIRE(one.before + one.addend == one.sum);
        REQUIRE((one.addend != 0 || one.sum == 0));
        REQUIRE(one.sum != pattern_sum({8, 0}, offset).sum);
        seen[one.sum] = true;
    }
    CHECK(std::find(seen.begin(), seen.end(), false) == seen.end());
}
