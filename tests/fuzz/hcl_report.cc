// The vTPM's report of Azure: options (1 byte), then the NV index's contents.
#include <algorithm>

#include "tests/fuzz/target.h"
#include "ucx_crypto/attest/snp/hcl_report.h"
#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/base/hash.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace attest::snp;

constexpr uint8_t kBind = 1;  ///< puts the claims' digest in place, where the sizes allow it
constexpr size_t kReportAt = 0x20;
constexpr size_t kReportDataAt = kReportAt + 0x50;
constexpr size_t kClaimsSizeAt = kReportAt + kReportSize + 16;
constexpr size_t kClaimsAt = kClaimsSizeAt + 4;

void bind(Bytes& blob) {
    WireReader reader(ByteView(blob).subspan(std::min(blob.size(), kClaimsSizeAt)));
    const uint32_t size = reader.u32_le();
    const ByteView claims = reader.bytes(size);
    if (!reader.ok()) {
        return;
    }
    const auto digest = sha256(claims);
    UCX_CRYPTO_PROMISE(digest.ok());
    std::copy(digest->begin(), digest->end(), blob.begin() + kReportDataAt);
    std::fill_n(blob.begin() + kReportDataAt + 32, 32, 0);
}

Bytes blob_of(std::string_view claims, size_t zeros) {
    Bytes blob(kClaimsAt + claims.size() + zeros);
    WireWriter to(blob);
    to.bytes(as_bytes("HCLA"));
    to.zeros(kReportAt - 4);
    to.bytes(Report().encode());
    to.u32_le(static_cast<uint32_t>(claims.size() + 20));
    to.u32_le(1);
    to.u32_le(2);  // an SEV-SNP report
    to.u32_le(1);  // over a SHA-256
    to.u32_le(static_cast<uint32_t>(claims.size()));
    to.bytes(as_bytes(claims));
    return blob;
}

}  // namespace

void one_input(ByteView input) {
    if (input.empty()) {
        return;
    }
    Bytes blob = to_bytes(input.subspan(1));
    if ((input[0] & kBind) != 0) {
        bind(blob);
    }
    const auto parsed = parse_hcl_report(blob);
    if (!parsed.ok()) {
        UCX_CRYPTO_PROMISE(parsed.error().code() == ErrorCode::kProtocol);
        return;
    }
    UCX_CRYPTO_PROMISE(parsed->report.data() == blob.data() + kReportAt &&
                       parsed->report.size() == kReportSize);
    const size_t size = parsed->runtime_claims.size();
    UCX_CRYPTO_PROMISE(parsed->runtime_claims.data() == blob.data() + kClaimsAt &&
                       kClaimsAt + size <= blob.size());
    UCX_CRYPTO_PROMISE(std::all_of(blob.begin() + static_cast<ptrdiff_t>(kClaimsAt + size),
                                   blob.end(), [](uint8_t byte) { return byte == 0; }));
    UCX_CRYPTO_PROMISE(
        equal(sha256(parsed->runtime_claims).value(), ByteView(blob).subspan(kReportDataAt, 32)));
    // The report vouches for every byte of the claims, and for how many there are.
    if (size > 0) {
        blob[kClaimsAt + input.size() % size] ^= 1;
        UCX_CRYPTO_PROMISE(!parse_hcl_report(blob).ok());
        blob[kClaimsAt + input.size() % size] ^= 1;
    }
    blob[kClaimsSizeAt] ^= 1;
    UCX_CRYPTO_PROMISE(!parse_hcl_report(blob).ok());
}

std::vector<Bytes> seeds() {
    const uint8_t bound[] = {kBind};
    const uint8_t as_it_is[] = {0};
    std::vector<Bytes> all = {join(bound, blob_of(R"({"keys":[]})", 0)),
                              join(bound, blob_of(R"({"keys":[]})", 9)),
                              join(bound, blob_of("", 0)), join(as_it_is, blob_of("{}", 0))};
    for (const Bytes& real : real_files("hcl-report.bin")) {
        all.push_back(join(as_it_is, real));
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
