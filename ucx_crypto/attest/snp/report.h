// The ATTESTATION_REPORT of AMD's SEV-SNP firmware ABI specification (document 56860).
#pragma once

#include <array>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"

namespace ucx_crypto::attest::snp {

inline constexpr size_t kReportSize = 0x4a0;
inline constexpr size_t kSignedSize = 0x2a0;
inline constexpr size_t kScalarSize = 48;  ///< of P-384, in a field of 72 bytes

inline constexpr uint64_t kPolicySmt = uint64_t{1} << 16;
inline constexpr uint64_t kPolicyAlwaysOne = uint64_t{1} << 17;
inline constexpr uint64_t kPolicyMigrationAgent = uint64_t{1} << 18;
inline constexpr uint64_t kPolicyDebug = uint64_t{1} << 19;
inline constexpr uint64_t kPlatformSmt = 1;  ///< of platform_info

enum class Signer : uint8_t { kVcek = 0, kVlek = 1, kNone = 7 };

/// All fields; integers are little-endian on the wire.
struct Report {
    uint32_t version = 3;
    uint32_t guest_svn = 0;
    uint64_t policy = kPolicyAlwaysOne;
    std::array<uint8_t, 16> family_id{};
    std::array<uint8_t, 16> image_id{};
    uint32_t vmpl = 0;
    uint32_t signature_algorithm = 1;
    uint64_t current_tcb = 0;
    uint64_t platform_info = 0;
    uint32_t key_info = 0;
    std::array<uint8_t, 64> report_data{};
    std::array<uint8_t, 48> measurement{};
    std::array<uint8_t, 32> host_data{};
    std::array<uint8_t, 48> id_key_digest{};
    std::array<uint8_t, 48> author_key_digest{};
    std::array<uint8_t, 32> report_id{};
    std::array<uint8_t, 32> report_id_ma{};
    uint64_t reported_tcb = 0;
    uint8_t cpu_family = 0;  ///< with model and stepping: version 3 and later
    uint8_t cpu_model = 0;
    uint8_t cpu_stepping = 0;
    std::array<uint8_t, 64> chip_id{};
    uint64_t committed_tcb = 0;
    uint32_t current_version = 0;  ///< build, minor, major
    uint32_t committed_version = 0;
    uint64_t launch_tcb = 0;
    uint64_t launch_mitigations = 0;  ///< version 5
    uint64_t current_mitigations = 0;
    std::array<uint8_t, kScalarSize> r{};  ///< little-endian
    std::array<uint8_t, kScalarSize> s{};

    bool author_key_enabled() const { return (key_info & 1) != 0; }
    bool masked_chip_key() const { return (key_info & 2) != 0; }
    Signer signer() const { return static_cast<Signer>(key_info >> 2 & 7); }

    /// Parses versions 2, 3 and 5 of exactly kReportSize bytes with signature algorithm 1 and zero
    /// reserved ranges; the signature is not verified. kAuthentication otherwise.
    static Result<Report> parse(ByteView bytes);
    /// The same bytes again, for software platforms.
    std::array<uint8_t, kReportSize> encode() const;
};

}  // namespace ucx_crypto::attest::snp
