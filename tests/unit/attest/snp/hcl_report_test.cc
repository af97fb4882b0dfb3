#include "ucx_crypto/attest/snp/hcl_report.h"

#include <catch2/catch.hpp>

#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/base/hash.h"
#include "ucx_crypto/base/wire.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

const std::string kClaims = R"({"keys":[],"user-data":"00"})";

struct Parts {
    std::string magic = "HCLA";
    std::string claims = kClaims;
    uint32_t type = 2;
    uint32_t hash = 1;
    uint32_t claims_size = static_cast<uint32_t>(kClaims.size());
    uint32_t size = 20 + static_cast<uint32_t>(kClaims.size());
    uint8_t data_behind_hash = 0;
    Bytes rest = Bytes(50);
};

Bytes build(const Parts& parts) {
    Report report;
    const auto digest = sha256(as_bytes(parts.claims));
    REQUIRE(digest.ok());
    std::copy(digest->begin(), digest->end(), report.report_data.begin());
    report.report_data[32] = parts.data_behind_hash;
    Bytes out(0x20 + 0x4a0 + 20 + parts.claims.size() + parts.rest.size());
    WireWriter writer(out);
    writer.bytes(as_bytes(parts.magic));
    writer.zeros(0x20 - parts.magic.size());
    writer.bytes(report.encode());
    writer.u32_le(parts.size);
    writer.u32_le(1);
    writer.u32_le(parts.type);
    writer.u32_le(parts.hash);
    writer.u32_le(parts.claims_size);
    writer.bytes(as_bytes(parts.claims));
    writer.bytes(parts.rest);
    REQUIRE(writer.finish("HCL report").ok());
    return out;
}

bool refused(const Bytes& bytes) {
    const auto parsed = parse_hcl_report(bytes);
    CHECK((parsed.ok() || parsed.error().code() == ErrorCode::kProtocol));
    return !parsed.ok();
}

}  // namespace

TEST_CASE("a vTPM's report is taken apart into report and runtime claims") {
    const Bytes bytes = build({});
    const auto parsed = parse_hcl_report(bytes);
    INFO((parsed.ok() ? "" : parsed.error().message()));
    REQUIRE(parsed.ok());
    CHECK(as_text(parsed->runtime_claims) == kClaims);
    CHECK(Report::parse(parsed->report).ok());
    Parts without_padding;
    without_padding.rest.clear();
    CHECK(parse_hcl_report(build(without_padding)).ok());
}

TEST_CASE("a vTPM's report whose parts disagree is refused") {
    const auto changed = [](auto change) {
        Parts parts;
        change(parts);
        return refused(build(parts));
    };
    CHECK(changed([](Parts& parts) { parts.magic = "HCLB"; }));
    CHECK(changed([](Parts& parts) { parts.type = 4; }));  // a TDX report
    CHECK(changed([](Parts& parts) { parts.hash = 2; }));
    CHECK(changed([](Parts& parts) { parts.size += 1; }));
    CHECK(changed([](Parts& parts) { parts.data_behind_hash = 1; }));
    CHECK(changed([](Parts& parts) { parts.rest[49] = 1; }));
    for (const uint32_t size : {0U, 27U, 29U, 1000U, 0x7fffffffU, 0xffffffecU, 0xffffffffU}) {
        INFO(size);
        CHECK(changed([&](Parts& parts) {
            parts.claims_size = size;
            parts.size = size + 20;
        }));
    }
    Bytes altered = build({});
    altered[0x20 + 0x4a0 + 20] ^= 1;  // the claims' first letter
    CHECK(refused(altered));
}

TEST_CASE("a vTPM's report cut short anywhere is refused") {
    Parts parts;
    parts.rest.clear();
    const Bytes whole = build(parts);
    for (size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        CHECK(refused(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size))));
    }
}
