#include "ucx_crypto/tcp/region_table.h"

#include <catch2/catch.hpp>

namespace ucx_crypto::tcp {
namespace {

constexpr uint64_t kTop = UINT64_MAX;

}  // namespace

TEST_CASE("A region has no token until one is minted, and then keeps it") {
    RegionTable table;
    auto region = table.add(1000, 100);
    CHECK(table.size() == 0);
    CHECK_FALSE(table.contains(Token{}, 1000, 1));
    const Token token = table.mint(*region);
    CHECK(table.mint(*region) == token);
    CHECK(table.size() == 1);
    CHECK(table.contains(token, 1000, 100));
    table.remove(region);
    CHECK(table.size() == 0);
    CHECK_FALSE(table.contains(token, 1000, 1));
}

TEST_CASE("Tokens of equal regions differ, and each is revoked by itself") {
    RegionTable table;
    auto first = table.add(1000, 100);
    auto second = table.add(1000, 100);
    const Token first_token = table.mint(*first);
    const Token second_token = table.mint(*second);
    CHECK(first_token != second_token);
    table.remove(first);
    CHECK_FALSE(table.contains(first_token, 1000, 100));
    CHECK(table.contains(second_token, 1000, 100));
}

TEST_CASE("A range is inside a region only with all of its bytes") {
    RegionTable table;
    auto region = table.add(1000, 100);
    const Token token = table.mint(*region);
    CHECK(table.contains(token, 1000, 0));
    CHECK(table.contains(token, 1100, 0));
    CHECK(table.contains(token, 1099, 1));
    CHECK_FALSE(table.contains(token, 999, 1));
    CHECK_FALSE(table.contains(token, 999, 101));
    CHECK_FALSE(table.contains(token, 1099, 2));
    CHECK_FALSE(table.contains(token, 1101, 0));
    CHECK_FALSE(table.contains(token, 1000, kTop));
    CHECK_FALSE(table.contains(token, 1001, kTop));
    CHECK_FALSE(table.contains(token, kTop, 1));
    CHECK_FALSE(table.contains(token, kTop, kTop));
    CHECK_FALSE(table.contains(token, 0, kTop));
}

TEST_CASE("A region that ends at the top of the address space does not wrap round") {
    RegionTable table;
    auto region = table.add(kTop - 9, 10);
    const Token token = table.mint(*region);
    CHECK(table.contains(token, kTop - 9, 10));
    CHECK_FALSE(table.contains(token, kTop - 9, 11));
    CHECK_FALSE(table.contains(token, kTop - 8, 10));
    CHECK_FALSE(table.contains(token, 0, 1));
}

TEST_CASE("A write outside of the region, or whose place overflows, changes nothing") {
    RegionTable table;
    Bytes memory(64, 0);
    const auto address = reinterpret_cast<uint64_t>(memory.data());
    auto region = table.add(address + 16, 32);
    const Token token = table.mint(*region);
    const Bytes payload(8, 1);

    CHECK_FALSE(table.write(token, address + 16, 25, payload).ok());
    CHECK_FALSE(table.write(token, address, 15, payload).ok());
    CHECK_FALSE(table.write(token, address + 16, kTop, payload).ok());
    CHECK_FALSE(table.write(token, address + 16, kTop - address, payload).ok());
    CHECK_FALSE(table.write(Token{}, address + 16, 0, payload).ok());
    CHECK((memory == Bytes(64, 0)));

    REQUIRE(table.write(token, address + 16, 24, payload).ok());
    CHECK(std::count(memory.begin(), memory.end(), 1) == 8);
    CHECK(memory[40] == 1);
}

}  // namespace ucx_crypto::tcp
