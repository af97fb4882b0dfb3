// Real reports and certificates of AMD machines, where the folder of test data is there.
#include <openssl/pem.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>

#include "tests/support/sanitized.h"
#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/attest/snp/hcl_report.h"
#include "ucx_crypto/attest/snp/verifier.h"
#include "ucx_crypto/base/hash.h"

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

/// Ends the program, as skipped, where the data is not.
void require_data() {
    if (!std::filesystem::exists(folder() / "amd-roots")) {
        std::cout << "SKIP: expected reports of real machines in " << folder()
                  << ", found none: set UCX_CRYPTO_TEST_DATA to the folder above it\n";
        std::exit(EXIT_SUCCESS);
    }
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
    require_data();
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
    require_data();
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

namespace {

/// Counts the single-bit flips of `report` from `begin` to `end` that pass as genuine.
size_t accepted_flips(Bytes report, const VerifiedLeaf& leaf, size_t begin, size_t end) {
    size_t accepted = 0;
    for (size_t bit = 8 * begin; bit < 8 * end; ++bit) {
        if (UCX_CRYPTO_SANITIZED != 0 && bit % 8 != bit / 8 % 8) {
            continue;  // memory is used in the same way for all bits of a byte
        }
        const auto mask = static_cast<uint8_t>(1 << bit % 8);
        report[bit / 8] ^= mask;
        accepted += verify_report(report, leaf).ok() ? 1 : 0;
        report[bit / 8] ^= mask;
    }
    return accepted;
}

}  // namespace

TEST_CASE("no single bit of a real report can be flipped") {
    require_data();
    const auto [name, product] =
        GENERATE(table<std::string, std::string>({{"milan-v3-vcek", "milan"},
                                                  {"milan-v2-vcek-azure", "milan"},
                                                  {"milan-v2-vcek-debugpolicy", "milan"},
                                                  {"turin-v5-vcek", "turin"}}));
    const Evidence evidence = evidence_of(name + "/report.bin", name + "/vcek.der", product);
    const auto leaf = verify_chain(evidence.endorsements, amd_roots(), kNow);
    REQUIRE(leaf.ok());
    REQUIRE(verify_report(evidence.report, *leaf).ok());
    // P-384 takes half a millisecond, thousands of times: on all processors.
    constexpr size_t kParts = 8;
    std::vector<std::future<size_t>> parts;
    for (size_t i = 0; i < kParts; ++i) {
        parts.push_back(std::async(std::launch::async, accepted_flips, evidence.report,
                                   std::cref(*leaf), i * kReportSize / kParts,
                                   (i + 1) * kReportSize / kParts));
    }
    for (auto& part : parts) {
        CHECK(part.get() == 0);
    }
}

TEST_CASE("the report inside Azure's HCL blob is genuine, and bound to the runtime data") {
    require_data();
    Bytes blob = read("azure-hcl-milan-v2/hcl-report.bin");
    const auto parsed = parse_hcl_report(blob);
    INFO((parsed.ok() ? "" : parsed.error().message()));
    REQUIRE(parsed.ok());
    CHECK(as_text(parsed->runtime_claims).substr(0, 26) == R"({"keys":[{"kid":"HCLAkPub")");
    const Evidence evidence{to_bytes(parsed->report),
                            encode_endorsements({read("azure-hcl-milan-v2/vcek.der"),
                                                 der_of("milan_ask"), der_of("milan_ark")})};
    const auto genuine = kVerifier.verify(evidence, kNow);
    INFO((genuine.ok() ? "" : genuine.error().message()));
    REQUIRE(genuine.ok());
    const auto digest = sha256(parsed->runtime_claims);
    REQUIRE(digest.ok());
    CHECK(equal(*digest, ByteView(genuine->report.report_data).first(32)));
    blob[blob.size() - blob.size() / 2] ^= 1;  // within the runtime data
    CHECK_FALSE(parse_hcl_report(blob).ok());
}

TEST_CASE("an intermediate of another product or kind does not complete a real chain") {
    require_data();
    const Bytes leaf = read("milan-v3-vcek/vcek.der");
    const auto refused = [&leaf](const char* ask, const char* ark) {
        const auto verified =
            verify_chain(encode_endorsements({leaf, der_of(ask), der_of(ark)}), amd_roots(), kNow);
        REQUIRE_FALSE(verified.ok());
        CHECK(verified.error().code() == ErrorCode::kAuthentication);
    };
    REQUIRE(verify_chain(encode_endorsements({leaf, der_of("milan_ask"), der_of("milan_ark")}),
                         amd_roots(), kNow)
                .ok());
    refused("genoa_ask", "milan_ark");
    refused("genoa_ask", "genoa_ark");
    refused("milan_ask", "genoa_ark");
    refused("milan_asvk", "milan_ark");
    refused("turin_ask", "turin_ark");
}

TEST_CASE("another chip's, a tampered or another product's certificate is refused") {
    require_data();
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
    require_data();
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
    require_data();
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
