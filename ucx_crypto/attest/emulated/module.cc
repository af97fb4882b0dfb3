// Software SNP: reports in the firmware's format, signed by a key that lies in a file.
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdio>

#include "ucx_crypto/attest/emulated_module.h"
#include "ucx_crypto/attest/snp/certificate_chain.h"
#include "ucx_crypto/base/crypto_library.h"

namespace ucx_crypto::attest::emulated {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Result<Key> parse_key(ByteView der) {
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(whole_crypto_library());
    const uint8_t* position = der.data();
    Key key(
        d2i_AutoPrivateKey_ex(nullptr, &position, static_cast<long>(der.size()), library, nullptr),
        EVP_PKEY_free);
    if (!key) {
        return Error(ErrorCode::kInvalidArgument,
                     "emulated key: expected a private key (PKCS #8, DER), found other bytes");
    }
    return key;
}

Status sign(snp::Report& report, EVP_PKEY* key) {
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(whole_crypto_library());
    const auto bytes = report.encode();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    uint8_t der[160];
    size_t size = sizeof der;
    if (!context ||
        EVP_DigestSignInit_ex(context.get(), nullptr, "SHA384", library, nullptr, key, nullptr) !=
            1 ||
        EVP_DigestSign(context.get(), der, &size, bytes.data(), snp::kSignedSize) != 1) {
        return Error(ErrorCode::kInternal, "emulated report: cannot be signed");
    }
    const uint8_t* position = der;
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
        d2i_ECDSA_SIG(nullptr, &position, static_cast<long>(size)), ECDSA_SIG_free);
    if (!signature ||
        BN_bn2lebinpad(ECDSA_SIG_get0_r(signature.get()), report.r.data(), snp::kScalarSize) < 0 ||
        BN_bn2lebinpad(ECDSA_SIG_get0_s(signature.get()), report.s.data(), snp::kScalarSize) < 0) {
        return Error(ErrorCode::kInternal, "emulated report: not a P-384 signature");
    }
    return success();
}

Result<snp::Report> make(ByteView key_der, ByteView endorsements, ByteView report_data) {
    const auto list = UCX_CRYPTO_TRY(snp::decode_endorsements(endorsements));
    const auto ark = UCX_CRYPTO_TRY(snp::parse_certificate(list[2]));
    const snp::Root root {
        snp::Product::kMilan, UCX_CRYPTO_TRY(snp::spki_hash(ark.get()))
        , true
    };
    const auto leaf =
        UCX_CRYPTO_TRY(snp::verify_chain(endorsements, {root}, std::chrono::system_clock::now()));
    const Key key = UCX_CRYPTO_TRY(parse_key(key_der));
    snp::Report report;
    report.policy = snp::kPolicyAlwaysOne | snp::kPolicySmt;
    report.cpu_family = 0x19;
    report.cpu_model = 1;
    report.cpu_stepping = 1;
    report.current_tcb = report.reported_tcb = report.committed_tcb = report.launch_tcb =
        leaf.tcb.version(root.product);
    constexpr std::string_view kMeasurement = "emulated measurement";
    std::memcpy(report.measurement.data(), kMeasurement.data(), kMeasurement.size());
    if (leaf.hardware_id.size() != report.chip_id.size()) {
        return Error(ErrorCode::kInvalidArgument,
                     "emulated root: expected a hardware id of 64 "
                     "bytes; make a new root");
    }
    std::memcpy(report.chip_id.data(), leaf.hardware_id.data(), report.chip_id.size());
    std::memcpy(report.report_data.data(), report_data.data(), report.report_data.size());
    UCX_CRYPTO_TRY(sign(report, key.get()));
    return report;
}

int make_report(const uint8_t* key, size_t key_size, const uint8_t* endorsements,
                size_t endorsements_size, const uint8_t* report_data, uint8_t* out, char* error,
                size_t error_size) {
    try {
        const auto report = make({key, key_size}, {endorsements, endorsements_size},
                                 {report_data, kReportDataSize});
        if (report.ok()) {
            const auto bytes = report->encode();
            std::memcpy(out, bytes.data(), bytes.size());
            return 0;
        }
        std::snprintf(error, error_size, "%s", report.error().message().c_str());
    } catch (const std::exception& failure) {
        std::snprintf(error, error_size, "%s", failure.what());
    }
    return -1;
}

}  // namespace
}  // namespace ucx_crypto::attest::emulated

extern "C" __attribute__((visibility("default")))
const ucx_crypto::attest::EmulatedModule ucx_crypto_emulated_module = {
    ucx_crypto::attest::kEmulatedModuleVersion, ucx_crypto::attest::emulated::make_report};
