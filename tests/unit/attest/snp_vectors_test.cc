// Real reports and certificates of AMD machines, where the folder of test data is there.
#include <openssl/pem.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/snp/verifier.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

const std::filesystem::path& folder() {
    static const std::filesystem::path path = [] {
        const char* setting = std::getenv("UCX_CRYPTO_TEST_DATA");
        return std::filesystem::path(setting != nullptr ? setting : UCX_CRYPTO_TEST_DATA) / "snp";
    }();
    return path;
}

bool missing() {
    if (std::filesystem::exists(folder() / "amd-roots")) {
        return false;
    }
    WARN("skipped: no SEV-SNP test data in " << folder());
    return true;
}

Bytes read(const std::string& name) {
    std::ifstream file(folder() / name, std::ios::binary);
    INFO(name);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Bytes der_of(const std::string& name) {
    const Bytes pem = read("amd-roots/" + name + ".pem");
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    REQUIRE(certificate);
    uint8_t* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    REQUIRE(size > 0);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

Evidence evidence_of(const std::string& report, const std::string& leaf,
                     const std::string& product) {
    return {read(report),
            encode_endorsements({read(leaf), der_of(product + "_ask"), der_of(product + "_ark")})};
}

std::chrono::system_clock::time_point at(int64_t seconds) {
    return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}

const auto kNow = at(1767225600);  // 2026-01-01
const Verifier kVerifier(amd_roots());

}  // namespace

TEST_CASE("the pins are those of AMD's root certificates") {
    if (missing()) {
        return;
    }
    for (const Root& root : amd_roots()) {
        std::string name(to_string(root.product));
        name[0] = static_cast<char>(std::tolower(name[0]));
        const auto certificate = parse_certificate(der_of(name + "_ark"));
        REQUIRE(certificate.ok());
        CHECK(*spki_hash(certificate->get()) == root.spki_hash);
        CHECK_FALSE(root.emulated);
    }
}

TEST_CASE("reports of real machines are genuine, and say what they are") {
    if (missing()) {
        return;
    }
    const auto [name, product] =
        GENERATE(table<std::string, std::string>({{"milan-v3-vcek", "Milan"},
                                                  {"milan-v2-vcek-azure", "Milan"},
                                                  {"turin-v5-vcek", "Turin"}}));
    std::string roots = product;
    roots[0] = static_cast<char>(std::tolower(roots[0]));
    const Evidence evidence = evidence_of(name + "/report.bin", name + "/vcek.der", roots);
    const auto genuine = kVerifier.verify(evidence, kNow);
    INFO(name << (genuine.ok() ? "" : genuine.error().message()));
    REQUIRE(genuine.ok());
    CHECK(genuine->claims.product == product);
    CHECK(genuine->claims.mode == Mode::kSnp);
    CHECK_FALSE(genuine->claims.emulated);
    CHECK(kVerifier.verify(evidence, at(0)).error().code() == ErrorCode::kAuthentication);
    CHECK(kVerifier.verify(evidence, at(2147483648)).error().code() == ErrorCode::kAuthentication);
    CHECK_FALSE(check_report_data(genuine->report, ReportData{}).ok());
    const Verifier other(std::vector<Root>{
        {genuine->claims.product == "Milan" ? Product::kMilan : Product::kTurin, Digest{}, true}});
    CHECK(other.verify(evidence, kNow).error().code() == ErrorCode::kAuthentication);
}

TEST_CASE("a real report with any altered byte is refused") {
    if (missing()) {
        return;
    }
    Evidence evidence = evidence_of("milan-v3-vcek/report.bin", "milan-v3-vcek/vcek.der", "milan");
    for (size_t i = 0; i < evidence.report.size(); ++i) {
        evidence.report[i] ^= static_cast<uint8_t>(1 << i % 8);
        const auto verified = kVerifier.verify(evidence, kNow);
        INFO("byte " << i);
        REQUIRE_FALSE(verified.ok());
        CHECK(verified.error().code() == ErrorCode::kAuthentication);
        evidence.report[i] ^= static_cast<uint8_t>(1 << i % 8);
    }
    CHECK(kVerifier.verify(evidence, kNow).ok());
}

TEST_CASE("another chip's, a tampered or another product's certificate is refused") {
    if (missing()) {
        return;
    }
    const auto refused = [](const Evidence& evidence) {
        const auto verified = kVerifier.verify(evidence, kNow);
        REQUIRE_FALSE(verified.ok());
        CHECK(verified.error().code() == ErrorCode::kAuthentication);
    };
    refused(evidence_of("turin-v5-vcek/report.bin", "turin-v5-vcek/other-chip-vcek.der", "turin"));
    refused(evidence_of("turin-v5-vcek/report.bin", "turin-v5-vcek/vcek.der", "milan"));
    const std::string azure = "milan-v2-vcek-azure/";
    refused(evidence_of(azure + "report.bin", azure + "vcek-tampered-legacy.der", "milan"));
    refused(evidence_of(azure + "report.bin", azure + "vcek-tampered-new.der", "milan"));
    refused(evidence_of(azure + "report.bin", "milan-v3-vcek/vcek.der", "milan"));
}

TEST_CASE("a real guest that its host may debug is genuine, but refused by policy") {
    if (missing()) {
        return;
    }
    const std::string name = "milan-v2-vcek-debugpolicy/";
    const auto genuine =
        kVerifier.verify(evidence_of(name + "report.bin", name + "vcek.der", "milan"), kNow);
    REQUIRE(genuine.ok());
    AppraisalPolicy policy;
    CHECK(policy.accept(genuine->claims).error().code() == ErrorCode::kRefused);
    policy.allow_debug = true;
    CHECK(policy.accept(genuine->claims).ok());
}

TEST_CASE("a report is parsed to the fields that encode it again") {
    if (missing()) {
        return;
    }
    const auto name = GENERATE("milan-v3-vcek", "milan-v2-vcek-azure", "turin-v5-vcek");
    const Bytes bytes = read(std::string(name) + "/report.bin");
    const auto report = Report::parse(bytes);
    REQUIRE(report.ok());
    CHECK(equal(report->encode(), bytes));
    CHECK_FALSE(Report::parse(ByteView(bytes).first(bytes.size() - 1)).ok());
    Bytes longer = bytes;
    longer.push_back(0);
    CHECK_FALSE(Report::parse(longer).ok());
    CHECK_FALSE(Report::parse({}).ok());
}
