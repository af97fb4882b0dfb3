#include "ucx_crypto/attest/snp/certificate_table.h"

#include <catch2/catch.hpp>

#include "tests/unit/attest/snp/table_builder.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest::snp;

namespace {

constexpr uint32_t kFirst = 5 * 24;  // behind four entries and the end

TableBuilder four() {
    TableBuilder table;
    table.entry(kVcekGuid, kFirst, 10)
        .entry(kAskGuid, kFirst + 10, 20)
        .entry(kVlekGuid, kFirst + 50, 30)
        .entry(kArkGuid, kFirst + 30, 20)
        .end();
    return table;
}

std::string refusal(const Bytes& table) {
    const auto parsed = parse_certificate_table(table);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code() == ErrorCode::kProtocol);
    return parsed.error().message();
}

using Catch::Matchers::Contains;

}  // namespace

TEST_CASE("certificates are found by GUID, in any order of places") {
    const auto parsed = parse_certificate_table(four().bytes(kFirst + 80));
    REQUIRE(parsed.ok());
    CHECK(parsed->vcek == TableBuilder::content(kFirst, 10));
    CHECK(parsed->ask == TableBuilder::content(kFirst + 10, 20));
    CHECK(parsed->ark == TableBuilder::content(kFirst + 30, 20));
    CHECK(parsed->vlek == TableBuilder::content(kFirst + 50, 30));
}

TEST_CASE("a host that gives no certificates gives an empty table, or none") {
    for (const size_t size : {0, 24, 4096, 16384}) {
        const auto parsed = parse_certificate_table(Bytes(size));
        REQUIRE(parsed.ok());
        CHECK(parsed->vcek.empty());
        CHECK(parsed->ark.empty());
    }
}

TEST_CASE("an unknown GUID is left out, but its place counts") {
    const TestGuid unknown{1};
    TableBuilder table;
    table.entry(unknown, 72, 8).entry(kArkGuid, 80, 8).end();
    const auto parsed = parse_certificate_table(table.bytes(88));
    REQUIRE(parsed.ok());
    CHECK(parsed->ark == TableBuilder::content(80, 8));

    TableBuilder overlapping;
    overlapping.entry(unknown, 72, 9).entry(kArkGuid, 80, 8).end();
    CHECK_THAT(refusal(overlapping.bytes(88)), Contains("apart"));
}

TEST_CASE("a certificate outside of the table is refused, however the numbers add up") {
    const auto [offset, length] = GENERATE(table<uint32_t, uint32_t>({
        {48, 53},            // one byte too many
        {101, 1},            // begins behind
        {0xffffffff, 1},     // the sum is 0 in 32 bits
        {0xffffffd0, 0x60},  // and 48 here
        {48, 0xffffffff},
        {0xffffffff, 0xffffffff},
    }));
    TableBuilder table;
    table.entry(kArkGuid, offset, length).end();
    CHECK_THAT(refusal(table.bytes(100)), Contains("within 100 bytes"));
}

TEST_CASE("a certificate over the entries, or over another one, is refused") {
    for (const uint32_t offset : {0U, 24U, 47U}) {
        TableBuilder table;
        table.entry(kArkGuid, offset, 10).end();
        CHECK_THAT(refusal(table.bytes(100)), Contains("apart"));
    }
    for (const uint32_t offset : {72U, 81U}) {
        TableBuilder table;
        table.entry(kArkGuid, 72, 10).entry(kAskGuid, offset, 10).end();
        CHECK_THAT(refusal(table.bytes(100)), Contains("apart"));
    }
}

TEST_CASE(
    "a table without an end, with too many entries or with one certificate twice is refused") {
    TableBuilder endless;
    for (uint32_t i = 0; i < 4; ++i) {
        endless.entry(kArkGuid, 96 + i, 1);
    }
    CHECK_THAT(refusal(endless.bytes(96)), Contains("an entry of zeros"));
    CHECK_THAT(refusal(endless.bytes(96 + 23)), Contains("an entry of zeros"));
    CHECK_THAT(refusal(Bytes(23)), Contains("an entry of zeros"));

    TableBuilder many;
    for (uint32_t i = 0; i < 17; ++i) {
        many.entry(TestGuid{static_cast<uint8_t>(i + 1)}, 500 + i, 1);
    }
    CHECK_THAT(refusal(many.end().bytes(600)), Contains("at most 16"));

    TableBuilder twice;
    twice.entry(kArkGuid, 72, 1).entry(kArkGuid, 73, 1).end();
    CHECK_THAT(refusal(twice.bytes(80)), Contains("once"));

    TableBuilder hollow;
    hollow.entry(kArkGuid, 72, 0).end();
    CHECK_THAT(refusal(hollow.bytes(80)), Contains("not empty"));
}

TEST_CASE("a table cut short anywhere is refused") {
    const Bytes whole = four().bytes(kFirst + 80);
    for (size_t size = 1; size < whole.size(); ++size) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
        INFO(size);
        refusal(cut);
    }
}
