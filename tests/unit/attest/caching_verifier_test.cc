// What may be remembered about evidence, and for how long.
#include "ucx_crypto/attest/snp/caching_verifier.h"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/attest/software_chain.h"
#include "ucx_crypto/attest/attester.h"
#include "ucx_crypto/attest/evidence_attestation.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;
using std::chrono::seconds;

namespace {

/// Evidence that differs in its REPORT_DATA.
Evidence numbered(const SoftwareChain& chain, uint8_t number) {
    Report report = chain.report();
    report.report_data[0] = number;
    return chain.sign(report);
}

/// Whether the verifier had to look at the evidence itself, which must be genuine.
bool looks(CachingVerifier& verifier, const Evidence& evidence,
           std::chrono::system_clock::time_point now) {
    const uint64_t before = verifier.hits();
    REQUIRE(verifier.verify(evidence, now).ok());
    return verifier.hits() == before;
}

class ChainAttester final : public Attester {
  public:
    explicit ChainAttester(const SoftwareChain& chain) : chain_(chain) {}
    Result<Evidence> attest(const ReportData& data) override {
        auto report = chain_.report();
        report.report_data = data;
        return chain_.sign(report);
    }
    std::string description() const override { return "test"; }

  private:
    const SoftwareChain& chain_;
};

}  // namespace

TEST_CASE("verification cache: genuine evidence is verified once, and says the same again") {
    const SoftwareChain chain;
    CachingVerifier verifier({chain.root()});
    const Evidence evidence = numbered(chain, 1);
    CHECK(looks(verifier, evidence, kSoftwareNow));
    CHECK_FALSE(looks(verifier, evidence, kSoftwareNow));
    CHECK(looks(verifier, numbered(chain, 2), kSoftwareNow));
    const auto again = verifier.verify(evidence, kSoftwareNow);
    const auto direct = Verifier({chain.root()}).verify(evidence, kSoftwareNow);
    REQUIRE(again.ok());
    REQUIRE(direct.ok());
    CHECK(again->report.encode() == direct->report.encode());
    CHECK(again->claims.measurement == direct->claims.measurement);
    CHECK(again->claims.emulated == direct->claims.emulated);
}

TEST_CASE("verification cache: evidence with any byte altered is not found in it") {
    const SoftwareChain chain;
    CachingVerifier verifier({chain.root()});
    const Evidence evidence = chain.evidence();
    REQUIRE(looks(verifier, evidence, kSoftwareNow));
    for (size_t i = 0; i < evidence.report.size(); i += 37) {
        Evidence altered = evidence;
        altered.report[i] ^= 1;
        CHECK_FALSE(verifier.verify(altered, kSoftwareNow).ok());
    }
    for (size_t i = 0; i < evidence.endorsements.size(); i += 97) {
        Evidence altered = evidence;
        altered.endorsements[i] ^= 1;
        (void)verifier.verify(altered, kSoftwareNow);  // an X.509 detail may not matter
    }
    // The same bytes with the border between the parts moved.
    Evidence moved = evidence;
    moved.report.push_back(moved.endorsements.front());
    moved.endorsements.erase(moved.endorsements.begin());
    CHECK_FALSE(verifier.verify(moved, kSoftwareNow).ok());
    CHECK(verifier.hits() == 0);
    CHECK_FALSE(looks(verifier, evidence, kSoftwareNow));
}

TEST_CASE("verification cache: what was refused is not remembered") {
    const SoftwareChain chain;
    ChainForm form;
    form.rogue_root = true;
    const SoftwareChain stranger(form);
    CachingVerifier verifier({chain.root()});
    const Evidence evidence = stranger.evidence();
    CHECK_FALSE(verifier.verify(evidence, kSoftwareNow).ok());
    CHECK_FALSE(verifier.verify(evidence, kSoftwareNow).ok());
    CHECK(verifier.size() == 0);
    CHECK(verifier.hits() == 0);
    // Nor is it when the reason was the time, which passes.
    const Evidence early = chain.evidence();
    CHECK_FALSE(verifier.verify(early, kSoftwareNow - seconds(3600 * 24 * 365 * 5)).ok());
    CHECK(verifier.verify(early, kSoftwareNow).ok());
}

TEST_CASE(
    "verification cache: an entry ends with its lifetime, and clocks that go back do not help") {
    const SoftwareChain chain;
    CachingVerifier verifier({chain.root()}, {.entries = 8, .lifetime = seconds(60)});
    const Evidence evidence = chain.evidence();
    CHECK(looks(verifier, evidence, kSoftwareNow));
    CHECK_FALSE(looks(verifier, evidence, kSoftwareNow + seconds(59)));
    CHECK(looks(verifier, evidence, kSoftwareNow + seconds(60)));
    CHECK_FALSE(looks(verifier, evidence, kSoftwareNow + seconds(61)));
    CHECK(looks(verifier, evidence, kSoftwareNow + seconds(59)));
    CHECK(verifier.size() == 1);
}

TEST_CASE("verification cache: no entry outlives a certificate") {
    ChainForm form;
    form.not_before = "20251231235950Z";
    form.not_after = "20260101000010Z";
    const SoftwareChain chain(form);
    CachingVerifier verifier({chain.root()});
    const Evidence evidence = chain.evidence();
    CHECK(looks(verifier, evidence, kSoftwareNow));
    CHECK_FALSE(looks(verifier, evidence, kSoftwareNow + seconds(9)));
    for (const int second : {10, 11, 3000}) {
        const auto late = verifier.verify(evidence, kSoftwareNow + seconds(second));
        REQUIRE_FALSE(late.ok());
        CHECK_THAT(late.error().message(), Catch::Contains("end of validity"));
    }
    CHECK_FALSE(verifier.verify(evidence, kSoftwareNow - seconds(10)).ok());
}

TEST_CASE("verification cache: it is bounded, and the oldest entry makes way") {
    const SoftwareChain chain;
    CachingVerifier verifier({chain.root()}, {.entries = 3, .lifetime = seconds(60)});
    for (uint8_t number = 0; number < 4; ++number) {
        CHECK(looks(verifier, numbered(chain, number), kSoftwareNow));
        CHECK(verifier.size() <= 3);
    }
    // ECDSA signatures differ each time, so that evidence made again is other evidence.
    const Evidence kept = numbered(chain, 9);
    CHECK(looks(verifier, kept, kSoftwareNow));
    CHECK_FALSE(looks(verifier, kept, kSoftwareNow));
    CHECK(looks(verifier, numbered(chain, 10), kSoftwareNow));
    CHECK(looks(verifier, numbered(chain, 11), kSoftwareNow));
    CHECK_FALSE(looks(verifier, kept, kSoftwareNow));
    CHECK(looks(verifier, numbered(chain, 12), kSoftwareNow));
    CHECK(looks(verifier, kept, kSoftwareNow));
    CHECK(verifier.size() == 3);
}

TEST_CASE("verification cache: threads may share it") {
    const SoftwareChain chain;
    CachingVerifier verifier({chain.root()}, {.entries = 2, .lifetime = seconds(60)});
    std::vector<Evidence> all;
    for (uint8_t number = 0; number < 3; ++number) {
        all.push_back(numbered(chain, number));
    }
    std::atomic<unsigned> genuine{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int round = 0; round < 4; ++round) {
                for (const Evidence& evidence : all) {
                    genuine += verifier.verify(evidence, kSoftwareNow).ok() ? 1 : 0;
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(genuine == 4 * 4 * 3);
    CHECK(verifier.size() == 2);
}

TEST_CASE("verification cache: evidence that is known to be genuine is still bound to its key") {
    const SoftwareChain chain;
    AppraisalPolicy policy;
    policy.allow_emulated = true;  // the chain is in software
    policy.domain_key_required = false;
    auto peer = attestation_by_evidence(Mode::kSnp, policy, {},
                                        std::make_unique<ChainAttester>(chain), {chain.root()});
    REQUIRE(peer.ok());
    Binding binding;
    binding.spki_hash.fill(1);
    const auto evidence = (*peer)->attest(binding);
    REQUIRE(evidence.ok());
    CHECK((*peer)->appraise(Mode::kSnp, *evidence, binding, kSoftwareNow).ok());
    Binding other = binding;
    other.spki_hash[31] ^= 1;
    const auto refused = (*peer)->appraise(Mode::kSnp, *evidence, other, kSoftwareNow);
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message(), Catch::Contains("REPORT_DATA"));
    CHECK((*peer)->appraise(Mode::kSnp, *evidence, binding, kSoftwareNow).ok());
}
