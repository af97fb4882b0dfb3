// Attestation reports, as they come from a peer: options (1 byte), then a report.
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <algorithm>

#include "tests/fuzz/target.h"
#include "ucx_crypto/attest/snp/verifier.h"
#include "ucx_crypto/base/crypto_library.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace attest::snp;

constexpr uint8_t kProductMask = 3;
constexpr uint8_t kVlek = 4;
constexpr uint8_t kSign = 8;  ///< under the leaf's key, so that the checks behind the signature run
constexpr uint64_t kTcb = 0x0302000000000201;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

EVP_PKEY* leaf_key() {
    static const Key key(EVP_PKEY_Q_keygen(crypto_library().value(), nullptr, "EC", "P-384"),
                         EVP_PKEY_free);
    UCX_CRYPTO_PROMISE(key != nullptr);
    return key.get();
}

VerifiedLeaf make_leaf(Product product, Signer signer) {
    VerifiedLeaf leaf;
    leaf.certificate.reset(X509_new_ex(crypto_library().value(), nullptr));
    UCX_CRYPTO_PROMISE(X509_set_pubkey(leaf.certificate.get(), leaf_key()) == 1);
    leaf.root.product = product;
    leaf.signer = signer;
    leaf.tcb = Tcb::of(product, kTcb);
    if (signer == Signer::kVcek) {
        leaf.hardware_id = Bytes(product == Product::kTurin ? 8 : 64, 0xc1);
    }
    return leaf;
}

void sign(Report& report) {
    const auto bytes = report.encode();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    uint8_t der[512];
    size_t size = sizeof der;
    UCX_CRYPTO_PROMISE(EVP_DigestSignInit_ex(context.get(), nullptr, "SHA384",
                                             crypto_library().value(), nullptr, leaf_key(),
                                             nullptr) == 1);
    UCX_CRYPTO_PROMISE(EVP_DigestSign(context.get(), der, &size, bytes.data(), kSignedSize) == 1);
    const uint8_t* position = der;
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
        d2i_ECDSA_SIG(nullptr, &position, static_cast<long>(size)), ECDSA_SIG_free);
    UCX_CRYPTO_PROMISE(
        BN_bn2lebinpad(ECDSA_SIG_get0_r(signature.get()), report.r.data(), kScalarSize) > 0);
    UCX_CRYPTO_PROMISE(
        BN_bn2lebinpad(ECDSA_SIG_get0_s(signature.get()), report.s.data(), kScalarSize) > 0);
}

/// What THREAT_MODEL.md and the verifier's table of steps say of a report with a good signature,
/// written down once more.
bool may_be_genuine(const Report& report, const VerifiedLeaf& leaf) {
    const Product product = leaf.root.product;
    const bool turin = product == Product::kTurin;
    const bool right_processor =
        report.version == 2 || product_of(report.cpu_family, report.cpu_model) == product;
    Bytes chip = leaf.hardware_id;
    chip.resize(report.chip_id.size());
    const bool right_chip = leaf.signer == Signer::kVlek || equal(chip, report.chip_id);
    // Bytes that are reserved in the product's TCB do not tell keys apart.
    const uint64_t used = turin ? 0xff000000ffffffff : 0xffff00000000ffff;
    return right_processor && right_chip && ((report.reported_tcb ^ kTcb) & used) == 0 &&
           (report.key_info >> 1 & 0xf) == static_cast<uint32_t>(leaf.signer) << 1 &&
           report.vmpl <= 3 && (report.policy >> 17 & 1) == 1;
}

void check_signed(Report report, const VerifiedLeaf& leaf) {
    sign(report);
    auto bytes = report.encode();
    const auto genuine = verify_report(bytes, leaf);
    UCX_CRYPTO_PROMISE(genuine.ok() == may_be_genuine(report, leaf));
    if (!genuine.ok()) {
        UCX_CRYPTO_PROMISE(genuine.error().code() == ErrorCode::kAuthentication);
        return;
    }
    const attest::Claims& claims = genuine->claims;
    UCX_CRYPTO_PROMISE(claims.mode == attest::Mode::kSnp && !claims.emulated);
    UCX_CRYPTO_PROMISE(claims.product == to_string(leaf.root.product));
    UCX_CRYPTO_PROMISE(equal(claims.measurement, ByteView(bytes).subspan(0x90, 48)));
    UCX_CRYPTO_PROMISE(equal(claims.host_data, ByteView(bytes).subspan(0xc0, 32)));
    UCX_CRYPTO_PROMISE(equal(claims.chip_id, ByteView(bytes).subspan(0x1a0, 64)));
    UCX_CRYPTO_PROMISE(claims.guest_policy == report.policy && claims.vmpl == report.vmpl);
    UCX_CRYPTO_PROMISE(check_report_data(genuine->report, report.report_data).ok());
    // Which bit is altered follows from the report itself, so that a finding can be repeated.
    const size_t bit = (report.guest_svn + report.report_data[0]) % (8 * kReportSize);
    bytes[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
    UCX_CRYPTO_PROMISE(!verify_report(bytes, leaf).ok());
}

Report right_report(Product product, Signer signer, uint32_t version) {
    Report report;
    report.version = version;
    report.cpu_family = version == 2 ? 0 : product == Product::kTurin ? 0x1a : 0x19;
    report.cpu_model = version > 2 && product == Product::kGenoa ? 0x11 : 0;
    report.policy = kPolicyAlwaysOne | kPolicySmt;
    report.key_info = static_cast<uint32_t>(signer) << 2;
    report.reported_tcb = report.launch_tcb = kTcb;
    if (signer == Signer::kVcek) {
        std::fill_n(report.chip_id.begin(), product == Product::kTurin ? 8 : 64, 0xc1);
    }
    return report;
}

}  // namespace

void one_input(ByteView input) {
    if (input.empty()) {
        return;
    }
    const uint8_t options = input[0];
    const ByteView bytes = input.subspan(1);
    const auto product = static_cast<Product>((options & kProductMask) % 3);
    const VerifiedLeaf leaf =
        make_leaf(product, (options & kVlek) != 0 ? Signer::kVlek : Signer::kVcek);
    const auto report = Report::parse(bytes);
    if (!report.ok()) {
        UCX_CRYPTO_PROMISE(report.error().code() == ErrorCode::kAuthentication);
        UCX_CRYPTO_PROMISE(!verify_report(bytes, leaf).ok());
        return;
    }
    UCX_CRYPTO_PROMISE(equal(report->encode(), bytes));
    if ((options & kSign) != 0) {
        check_signed(*report, leaf);
    } else {
        UCX_CRYPTO_PROMISE(!verify_report(bytes, leaf).ok());  // nobody has signed it
    }
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all;
    for (const Product product : {Product::kMilan, Product::kGenoa, Product::kTurin}) {
        for (const uint32_t version : {2, 3, 5}) {
            for (const Signer signer : {Signer::kVcek, Signer::kVlek}) {
                const auto options = static_cast<uint8_t>(static_cast<uint8_t>(product) | kSign |
                                                          (signer == Signer::kVlek ? kVlek : 0));
                const uint8_t first[] = {options};
                all.push_back(join(first, right_report(product, signer, version).encode()));
            }
        }
    }
    for (const Bytes& real : real_files("report.bin")) {
        for (const uint8_t options : {uint8_t{0}, kSign}) {
            const uint8_t first[] = {options};
            all.push_back(join(first, real));
        }
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
