// Chains of certificates that are not AMD's, or not as AMD makes them.
#include "ucx_crypto/attest/snp/certificate_chain.h"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/unit/attest/software_chain.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

Result<VerifiedLeaf> verify(const SoftwareChain& chain) {
    return verify_chain(chain.endorsements(), {chain.root()}, kSoftwareNow);
}

void check_refused(const Result<VerifiedLeaf>& verdict, const std::string& says) {
    REQUIRE_FALSE(verdict.ok());
    CHECK(verdict.error().code() == ErrorCode::kAuthentication);
    CHECK_THAT(verdict.error().message(), Catch::Contains(says));
}

/// A change to a chain that is right, and words of the refusal.
struct ChainChange {
    const char* what;
    std::function<void(ChainForm&)> apply;
    const char* says;
};

void check_changes(const ChainForm& right, const std::vector<ChainChange>& changes) {
    const auto verified = verify(SoftwareChain(right));
    INFO((verified.ok() ? "" : verified.error().message()));
    REQUIRE(verified.ok());
    for (const ChainChange& change : changes) {
        INFO(change.what);
        ChainForm form = right;
        change.apply(form);
        check_refused(verify(SoftwareChain(form)), change.says);
    }
}

}  // namespace

TEST_CASE("only a chain of AMD's names, keys and rights is verified") {
    check_changes(
        ChainForm(),
        {
            {"rogue ARK of the same name", [](ChainForm& f) { f.rogue_root = true; },
             "trusted key"},
            {"leaf of a rogue ASK", [](ChainForm& f) { f.rogue_issuer = true; }, "not verify"},
            {"ARK of another product", [](ChainForm& f) { f.root_name = "ARK-Genoa"; },
             "name ARK-Milan"},
            {"ASK of another product", [](ChainForm& f) { f.intermediate_name = "SEV-Genoa"; },
             "name SEV-Milan"},
            {"an ASVK that endorses a VCEK",
             [](ChainForm& f) { f.intermediate_name = "SEV-VLEK-Milan"; }, "name SEV-VLEK"},
            {"an issuer of another kind", [](ChainForm& f) { f.intermediate_name = "ARK-Milan"; },
             "issuer SEV-PRODUCT"},
            {"a leaf of another name", [](ChainForm& f) { f.leaf_name = "SEV-VLEK"; },
             "name SEV-VCEK"},
            {"an ASK that may not sign", [](ChainForm& f) { f.issuer_may_sign = false; },
             "may sign certificates"},
            {"a leaf that may sign", [](ChainForm& f) { f.leaf_may_sign = true; },
             "may not sign certificates"},
            {"a leaf of X.509 version 1", [](ChainForm& f) { f.leaf_is_version_3 = false; },
             "version 3 certificate"},
            {"a leaf with an unknown critical extension",
             [](ChainForm& f) { f.leaf_asks_for_more = true; }, "version 3 certificate"},
            {"a P-256 leaf", [](ChainForm& f) { f.leaf_group = "P-256"; }, "P-384"},
            {"an RSA leaf", [](ChainForm& f) { f.leaf_group = "RSA"; }, "P-384"},
        });
}

TEST_CASE("only RSASSA-PSS with SHA-384 and a salt of 48 bytes signs a chain") {
    check_changes(
        ChainForm(),
        {
            {"PKCS #1 v1.5", [](ChainForm& f) { f.pss = false; }, "RSASSA-PSS"},
            {"PKCS #1 v1.5 with SHA-256", [](ChainForm& f) { f.pss = false, f.digest = "SHA256"; },
             "RSASSA-PSS"},
            {"SHA-256", [](ChainForm& f) { f.digest = f.mask_digest = "SHA256"; }, "not verify"},
            {"SHA-512", [](ChainForm& f) { f.digest = f.mask_digest = "SHA512"; }, "not verify"},
            {"MGF1 with SHA-256", [](ChainForm& f) { f.mask_digest = "SHA256"; }, "not verify"},
            {"salt of 32 bytes", [](ChainForm& f) { f.salt_size = 32; }, "not verify"},
            {"no salt", [](ChainForm& f) { f.salt_size = 0; }, "not verify"},
        });
}

TEST_CASE("each of AMD's extensions must be in the leaf exactly once") {
    for (const Product product : {Product::kMilan, Product::kGenoa, Product::kTurin}) {
        for (const Signer kind : {Signer::kVcek, Signer::kVlek}) {
            std::vector<std::string> needed{"2", "3.1", "3.2", "3.3", "3.8"};
            needed.emplace_back(kind == Signer::kVcek ? "4" : "5");
            if (product == Product::kTurin) {
                needed.emplace_back("3.9");
            }
            for (const std::string& suffix : needed) {
                INFO(to_string(product) << ", extension " << suffix);
                const std::string says = "1.3.6.1.4.1.3704.1." + suffix + " once";
                ChainForm missing(product, kind);
                missing.remove(suffix);
                check_refused(verify(SoftwareChain(missing)), says + ", found none");
                ChainForm repeated(product, kind);
                repeated.repeat(suffix);
                check_refused(verify(SoftwareChain(repeated)), says + ", found several");
            }
        }
    }
}

TEST_CASE("extensions that say something else, or say it otherwise, are refused") {
    const auto replaced = [](const char* suffix, const Bytes& value) {
        return [=](ChainForm& form) { form.replace(suffix, value); };
    };
    check_changes(
        ChainForm(),
        {
            {"another product", replaced("2", {0x16, 5, 'G', 'e', 'n', 'o', 'a'}), "product Milan"},
            {"a longer product", replaced("2", {0x16, 6, 'M', 'i', 'l', 'a', 'n', 'o'}), "product"},
            {"a shorter product", replaced("2", {0x16, 4, 'M', 'i', 'l', 'a'}), "product"},
            {"another string type", replaced("2", {0x0c, 5, 'M', 'i', 'l', 'a', 'n'}), "product"},
            {"a string that ends late", replaced("2", {0x16, 6, 'M', 'i', 'l', 'a', 'n'}),
             "product"},
            {"an empty level", replaced("3.1", {}), "0 to 255"},
            {"a negative level", replaced("3.2", {2, 1, 0xff}), "0 to 255"},
            {"a level above 255", replaced("3.3", {2, 2, 1, 0}), "0 to 255"},
            {"a level in too many bytes", replaced("3.8", {2, 2, 0, 4}), "0 to 255"},
            {"a level that is no integer", replaced("3.8", {4, 1, 4}), "0 to 255"},
        });
}

TEST_CASE("a leaf is valid between its dates, at the time that is asked for") {
    const SoftwareChain chain;
    const auto at = [&chain](int64_t seconds) {
        return verify_chain(chain.endorsements(), {chain.root()},
                            std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
    };
    constexpr int64_t kStart = 1735689600;  // 2025-01-01
    constexpr int64_t kEnd = 1956528000;    // 2032-01-01
    CHECK(at(kStart + 1).ok());
    CHECK(at(kEnd - 1).ok());
    check_refused(at(kStart - 1), "start of validity");
    check_refused(at(kEnd + 1), "end of validity");
    check_refused(at(0), "start of validity");
    ChainForm expired;
    expired.not_after = "20251231000000Z";
    check_refused(verify(SoftwareChain(expired)), "leaf certificate: expected an end of validity");
}

TEST_CASE("endorsements are three certificates, in order, and nothing else") {
    const SoftwareChain chain;
    const auto list = decode_endorsements(chain.endorsements());
    REQUIRE(list.ok());
    const Bytes leaf = to_bytes(list->at(0)), ask = to_bytes(list->at(1)),
                ark = to_bytes(list->at(2));
    const auto refused = [&chain](const std::vector<Bytes>& certificates) {
        const auto verdict =
            verify_chain(encode_endorsements(certificates), {chain.root()}, kSoftwareNow);
        REQUIRE_FALSE(verdict.ok());
        CHECK(verdict.error().code() == ErrorCode::kAuthentication);
    };
    REQUIRE(verify(chain).ok());
    refused({});
    refused({leaf, ask});
    refused({leaf, ask, ark, ark});
    refused({leaf, ark, ark});
    refused({leaf, leaf, ark});
    refused({ask, ask, ark});
    refused({ark, ask, leaf});
    refused({leaf, ask, {}});
    refused({Bytes(kMaxCertificateSize + 1, 0x30), ask, ark});
    refused({Bytes(0xffff, 0x30), ask, ark});
}

TEST_CASE("endorsements with a byte altered are refused, or say what they said") {
    const SoftwareChain chain;
    const auto genuine = verify(chain);
    REQUIRE(genuine.ok());
    size_t accepted = 0;
    for (size_t i = 0; i < chain.endorsements().size(); ++i) {
        Bytes altered = chain.endorsements();
        altered[i] ^= static_cast<uint8_t>(1 << i % 8);
        const auto leaf = verify_chain(altered, {chain.root()}, kSoftwareNow);
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
    const SoftwareChain chain;
    const auto certificates = decode_endorsements(chain.endorsements());
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
