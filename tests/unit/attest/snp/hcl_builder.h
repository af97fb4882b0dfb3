// What Azure's paravisor puts into its vTPM, around a report of a test's choice.
#pragma once

#include <catch2/catch.hpp>

#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/base/hash.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest::snp {

/// Claims as the paravisor words them, around data of the guest's.
inline std::string runtime_claims(ByteView user_data) {
    return R"({"keys":[{"kid":"HCLAkPub","key_ops":["sign"]}],"vm-configuration":)"
           R"({"secure-boot":true},"user-data":")" +
           to_hex(user_data) + "\"}";
}

/// The REPORT_DATA of a report over `claims`.
inline Bytes data_over(std::string_view claims) {
    const auto digest = sha256(as_bytes(claims));
    REQUIRE(digest.ok());
    Bytes data(64);
    std::copy(digest->begin(), digest->end(), data.begin());
    return data;
}

inline Bytes hcl_report(ByteView report, std::string_view claims, size_t filling = 0) {
    Bytes out(0x20 + kReportSize + 20 + claims.size() + filling);
    WireWriter writer(out);
    writer.bytes(as_bytes("HCLA"));
    writer.zeros(0x20 - 4);
    writer.bytes(report);
    writer.u32_le(static_cast<uint32_t>(claims.size() + 20));
    writer.u32_le(1);
    writer.u32_le(2);  // an SEV-SNP report
    writer.u32_le(1);  // over a SHA-256
    writer.u32_le(static_cast<uint32_t>(claims.size()));
    writer.bytes(as_bytes(claims));
    REQUIRE(writer.ok());
    return out;
}

/// The same around a report that nobody has signed.
inline Bytes unsigned_hcl_report(std::string_view claims, size_t filling = 0) {
    Report report;
    const Bytes data = data_over(claims);
    std::copy(data.begin(), data.end(), report.report_data.begin());
    return hcl_report(report.encode(), claims, filling);
}

}  // namespace ucx_crypto::attest::snp
