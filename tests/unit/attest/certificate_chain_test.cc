#include "ucx_crypto/attest/snp/certificate_chain.h"

#include <fstream>
#include <iterator>

#include "tests/unit/attest/temporary_folder.h"
#include "ucx_crypto/attest/emulated_root.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

Bytes make_endorsements(const TemporaryFolder& folder) {
    const auto made = emulated::create_root(folder.path("root"));
    REQUIRE(made.ok());
    std::ifstream file(made->directory + "/" + emulated::kEndorsementsFile, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("endorsements with a byte altered are refused, or say what they said") {
    const TemporaryFolder folder;
    const Bytes endorsements = make_endorsements(folder);
    const auto certificates = decode_endorsements(endorsements);
    REQUIRE(certificates.ok());
    const auto ark = parse_certificate(certificates->at(2));
    REQUIRE(ark.ok());
    const std::vector<Root> roots{{Product::kMilan, spki_hash(ark->get()).value(), true}};
    const auto now = std::chrono::system_clock::now();
    const auto genuine = verify_chain(endorsements, roots, now);
    REQUIRE(genuine.ok());
    size_t accepted = 0;
    for (size_t i = 0; i < endorsements.size(); ++i) {
        Bytes altered = endorsements;
        altered[i] ^= static_cast<uint8_t>(1 << i % 8);
        const auto leaf = verify_chain(altered, roots, now);
        if (!leaf.ok()) {
            REQUIRE(leaf.error().code() == ErrorCode::kAuthentication);
            continue;
        }
        // A BOOLEAN is true in several encodings; the signature covers the canonical one.
        ++accepted;
        REQUIRE(leaf->hardware_id == genuine->hardware_id);
        REQUIRE(leaf->tcb == genuine->tcb);
        REQUIRE(leaf->signer == genuine->signer);
    }
    CHECK(accepted < 10);
}

TEST_CASE("a certificate that is cut short, or goes on, is no certificate") {
    const TemporaryFolder folder;
    const Bytes endorsements = make_endorsements(folder);
    const auto certificates = decode_endorsements(endorsements);
    REQUIRE(certificates.ok());
    for (const ByteView whole : *certificates) {
        for (size_t size = 0; size < whole.size(); ++size) {
            const Bytes cut = to_bytes(whole.first(size));
            const auto certificate = parse_certificate(cut);
            REQUIRE(!certificate.ok());
            REQUIRE(certificate.error().code() == ErrorCode::kAuthentication);
        }
        Bytes longer = to_bytes(whole);
        longer.push_back(0);
        CHECK(!parse_certificate(longer).ok());
        longer.pop_back();
        CHECK(parse_certificate(longer).ok());
    }
}
