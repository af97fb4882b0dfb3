#include "ucx_crypto/attest/snp/hcl_report.h"

#include <algorithm>

#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/base/hash.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest::snp {
namespace {

constexpr std::string_view kMagic = "HCLA";
constexpr uint32_t kSnpReport = 2;
constexpr uint32_t kSha256 = 1;
constexpr size_t kHeaderSize = 0x20;
constexpr size_t kClaimsHeaderSize = 20;  // size, version, report type, hash type, size of the JSON
constexpr size_t kMaxClaimsSize = 16 * 1024;

Error bad(const std::string& expected, const std::string& found) {
    return {ErrorCode::kProtocol, "vTPM's report: expected " + expected + ", found " + found};
}

Status check_report_data(ByteView report, ByteView claims) {
    const auto parsed = Report::parse(report);
    if (!parsed.ok()) {
        return bad("an SEV-SNP report", parsed.error().message());
    }
    ReportData expected{};
    const Sha256Digest digest = UCX_CRYPTO_TRY(sha256(claims));
    std::copy(digest.begin(), digest.end(), expected.begin());
    if (parsed->report_data != expected) {
        return bad("the SHA-256 of the runtime claims as REPORT_DATA", "another");
    }
    return success();
}

}  // namespace

Result<HclReport> parse_hcl_report(ByteView bytes) {
    WireReader reader(bytes);
    if (as_text(reader.bytes(kMagic.size())) != kMagic) {
        return bad("the letters HCLA", "other bytes");
    }
    reader.skip(kHeaderSize - kMagic.size());
    HclReport found;
    found.report = reader.bytes(kReportSize);
    const uint32_t size = reader.u32_le();
    reader.skip(sizeof(uint32_t));  // version
    const uint32_t type = reader.u32_le();
    const uint32_t hash = reader.u32_le();
    const uint32_t claims_size = reader.u32_le();
    if (!reader.ok()) {
        return bad("headers and a report", std::to_string(bytes.size()) + " bytes in all");
    }
    if (type != kSnpReport || hash != kSha256) {
        return bad("an SEV-SNP report (2) over a SHA-256 (1)",
                   std::to_string(type) + " over " + std::to_string(hash));
    }
    // The size counts the header as well: a disagreement would leave bytes that nobody hashes.
    if (claims_size > kMaxClaimsSize || size != claims_size + kClaimsHeaderSize) {
        return bad("at most " + std::to_string(kMaxClaimsSize) + " bytes of claims in a header",
                   std::to_string(claims_size) + " in " + std::to_string(size));
    }
    found.runtime_claims = reader.bytes(claims_size);
    const ByteView rest = reader.bytes(reader.remaining());
    if (!reader.ok()) {
        return bad("claims of " + std::to_string(claims_size) + " bytes", "fewer");
    }
    if (std::any_of(rest.begin(), rest.end(), [](uint8_t byte) { return byte != 0; })) {
        return bad("zeros after the claims", "other bytes");
    }
    UCX_CRYPTO_TRY(check_report_data(found.report, found.runtime_claims));
    return found;
}

}  // namespace ucx_crypto::attest::snp
