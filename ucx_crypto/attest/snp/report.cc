#include "ucx_crypto/attest/snp/report.h"

#include <algorithm>

#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest::snp {
namespace {

constexpr size_t kScalarPadding = 72 - kScalarSize;
constexpr size_t kSignaturePadding = kReportSize - kSignedSize - 2 * size_t{72};

Error malformed(const std::string& expected, const std::string& found) {
    return {ErrorCode::kAuthentication,
            "attestation report: expected " + expected + ", found " + found};
}

/// Reads runs that must be zero and remembers where one was not.
class Reserved {
  public:
    explicit Reserved(WireReader& reader) : reader_(reader) {}

    void skip(size_t size) {
        const ByteView bytes = reader_.bytes(size);
        clean_ =
            clean_ && std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
    }
    bool clean() const { return clean_; }

  private:
    WireReader& reader_;
    bool clean_ = true;
};

}  // namespace

Result<Report> Report::parse(ByteView bytes) {
    if (bytes.size() != kReportSize) {
        return malformed(std::to_string(kReportSize) + " bytes", std::to_string(bytes.size()));
    }
    WireReader in(bytes);
    Reserved reserved(in);
    Report out;
    out.version = in.u32_le();
    if (out.version != 2 && out.version != 3 && out.version != 5) {
        return malformed("version 2, 3 or 5", std::to_string(out.version));
    }
    out.guest_svn = in.u32_le();
    out.policy = in.u64_le();
    out.family_id = in.array<16>();
    out.image_id = in.array<16>();
    out.vmpl = in.u32_le();
    out.signature_algorithm = in.u32_le();
    if (out.signature_algorithm != 1) {
        return malformed("signature algorithm 1 (ECDSA P-384 with SHA-384)",
                         std::to_string(out.signature_algorithm));
    }
    out.current_tcb = in.u64_le();
    out.platform_info = in.u64_le();
    out.key_info = in.u32_le();
    reserved.skip(4);
    out.report_data = in.array<64>();
    out.measurement = in.array<48>();
    out.host_data = in.array<32>();
    out.id_key_digest = in.array<48>();
    out.author_key_digest = in.array<48>();
    out.report_id = in.array<32>();
    out.report_id_ma = in.array<32>();
    out.reported_tcb = in.u64_le();
    if (out.version >= 3) {
        out.cpu_family = in.u8();
        out.cpu_model = in.u8();
        out.cpu_stepping = in.u8();
        reserved.skip(21);
    } else {
        reserved.skip(24);
    }
    out.chip_id = in.array<64>();
    out.committed_tcb = in.u64_le();
    out.current_version = in.u32_le();
    out.committed_version = in.u32_le();
    out.launch_tcb = in.u64_le();
    if (out.version >= 5) {
        out.launch_mitigations = in.u64_le();
        out.current_mitigations = in.u64_le();
    } else {
        reserved.skip(16);
    }
    reserved.skip(152);
    out.r = in.array<kScalarSize>();
    reserved.skip(kScalarPadding);
    out.s = in.array<kScalarSize>();
    reserved.skip(kScalarPadding);
    reserved.skip(kSignaturePadding);
    UCX_CRYPTO_TRY(in.finish("attestation report"));
    if (!reserved.clean() || (out.current_version >> 24) != 0 ||
        (out.committed_version >> 24) != 0) {
        return malformed("zeros in reserved ranges", "other bytes");
    }
    return out;
}

std::array<uint8_t, kReportSize> Report::encode() const {
    std::array<uint8_t, kReportSize> bytes{};
    WireWriter to(bytes);
    to.u32_le(version);
    to.u32_le(guest_svn);
    to.u64_le(policy);
    to.bytes(family_id);
    to.bytes(image_id);
    to.u32_le(vmpl);
    to.u32_le(signature_algorithm);
    to.u64_le(current_tcb);
    to.u64_le(platform_info);
    to.u32_le(key_info);
    to.zeros(4);
    to.bytes(report_data);
    to.bytes(measurement);
    to.bytes(host_data);
    to.bytes(id_key_digest);
    to.bytes(author_key_digest);
    to.bytes(report_id);
    to.bytes(report_id_ma);
    to.u64_le(reported_tcb);
    to.u8(cpu_family);
    to.u8(cpu_model);
    to.u8(cpu_stepping);
    to.zeros(21);
    to.bytes(chip_id);
    to.u64_le(committed_tcb);
    to.u32_le(current_version);
    to.u32_le(committed_version);
    to.u64_le(launch_tcb);
    to.u64_le(launch_mitigations);
    to.u64_le(current_mitigations);
    to.zeros(152);
    to.bytes(r);
    to.zeros(kScalarPadding);
    to.bytes(s);  // what follows stays zero
    return bytes;
}

}  // namespace ucx_crypto::attest::snp
