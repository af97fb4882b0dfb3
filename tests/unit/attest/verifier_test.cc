// The report and its leaf, on a platform in software: what is genuine, and what is not.
#include "ucx_crypto/attest/snp/verifier.h"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/unit/attest/software_chain.h"
#include "ucx_crypto/attest/appraisal_policy.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

Result<Genuine> verify(const SoftwareChain& chain, const Evidence& evidence) {
    return Verifier({chain.root()}).verify(evidence, kSoftwareNow);
}

void check_refused(const Result<Genuine>& verdict, const std::string& says) {
    REQUIRE_FALSE(verdict.ok());
    CHECK(verdict.error().code() == ErrorCode::kAuthentication);
    CHECK_THAT(verdict.error().message(), Catch::Contains(says));
}

/// The built-in policy, but for the root.
AppraisalPolicy policy_for_software() {
    AppraisalPolicy policy;
    policy.allow_emulated = true;
    return policy;
}

/// A change to an accepted report, and words of the refusal.
struct Change {
    const char* what;
    std::function<void(Report&)> apply;
    const char* says;
};

void check_changes(const SoftwareChain& chain, const std::vector<Change>& changes) {
    REQUIRE(verify(chain, chain.evidence()).ok());
    for (const Change& change : changes) {
        INFO(change.what);
        Report report = chain.report();
        change.apply(report);
        check_refused(verify(chain, chain.sign(report)), change.says);
    }
}

}  // namespace

TEST_CASE("reports of each version, product and kind of key are genuine") {
    for (const Product product : {Product::kMilan, Product::kGenoa, Product::kTurin}) {
        for (const Signer kind : {Signer::kVcek, Signer::kVlek}) {
            const SoftwareChain chain(ChainForm(product, kind));
            for (const uint32_t version : {2U, 3U, 5U}) {
                INFO(to_string(product)
                     << ", signer " << static_cast<int>(kind) << ", version " << version);
                Report report = chain.report();
                report.version = version;
                if (version < 3) {
                    report.cpu_family = report.cpu_model = 0;
                }
                const auto genuine = verify(chain, chain.sign(report));
                INFO((genuine.ok() ? "" : genuine.error().message()));
                REQUIRE(genuine.ok());
                CHECK(genuine->claims.product == to_string(product));
                CHECK(genuine->claims.emulated);
                CHECK(genuine->claims.measurement == Bytes(48, 0x3e));
            }
        }
    }
}

TEST_CASE("a chip of the provider's choice may sign with a VLEK, but a VCEK is one chip's") {
    const SoftwareChain vlek(ChainForm(Product::kMilan, Signer::kVlek));
    Report report = vlek.report();
    report.chip_id = {};
    CHECK(verify(vlek, vlek.sign(report)).ok());
    for (const Product product : {Product::kMilan, Product::kTurin}) {
        const SoftwareChain vcek{ChainForm(product)};
        check_changes(vcek, {
                                {"masked", [](Report& r) { r.chip_id = {}; }, "hardware id"},
                                {"first byte", [](Report& r) { r.chip_id[0] ^= 1; }, "hardware id"},
                                {"last byte", [](Report& r) { r.chip_id[63] ^= 1; }, "hardware id"},
                            });
    }
}

TEST_CASE("a correctly signed report that is not as it must be is refused, and the reason told") {
    const SoftwareChain chain;
    const Change changes[] = {
        {"version 1", [](Report& r) { r.version = 1; }, "version 2, 3 or 5"},
        {"version 4", [](Report& r) { r.version = 4; }, "version 2, 3 or 5"},
        {"version 6", [](Report& r) { r.version = 6; }, "version 2, 3 or 5"},
        {"no algorithm", [](Report& r) { r.signature_algorithm = 0; }, "signature algorithm"},
        {"algorithm 2", [](Report& r) { r.signature_algorithm = 2; }, "signature algorithm"},
        {"masked key", [](Report& r) { r.key_info |= 2; }, "masked chip key"},
        {"no signer", [](Report& r) { r.key_info = 7 << 2; }, "kind of key"},
        {"reserved signer", [](Report& r) { r.key_info = 2 << 2; }, "kind of key"},
        {"VLEK said, VCEK used", [](Report& r) { r.key_info = 1 << 2; }, "kind of key"},
        {"unknown model", [](Report& r) { r.cpu_model = 0x20; }, "Milan, Genoa or Turin"},
        {"unknown family", [](Report& r) { r.cpu_family = 0x17; }, "Milan, Genoa or Turin"},
        {"Genoa's model", [](Report& r) { r.cpu_model = 0x11; }, "product Milan"},
        {"other BL", [](Report& r) { r.reported_tcb += 1; }, "TCB"},
        {"other TEE", [](Report& r) { r.reported_tcb += 1 << 8; }, "TCB"},
        {"other SNP", [](Report& r) { r.reported_tcb += uint64_t{1} << 48; }, "TCB"},
        {"other microcode", [](Report& r) { r.reported_tcb += uint64_t{1} << 56; }, "TCB"},
        {"VMPL 4", [](Report& r) { r.vmpl = 4; }, "guest asked"},
        {"asked for by the host", [](Report& r) { r.vmpl = 0xffffffff; }, "guest asked"},
        {"bit 17 clear", [](Report& r) { r.policy = kPolicySmt; }, "bit 17"},
        {"mitigations before version 5", [](Report& r) { r.launch_mitigations = 1; }, "zeros"},
        {"reserved part of a build", [](Report& r) { r.current_version = 1 << 24; }, "zeros"},
    };
    check_changes(chain, {std::begin(changes), std::end(changes)});

    const SoftwareChain vlek(ChainForm(Product::kMilan, Signer::kVlek));
    check_changes(vlek,
                  {{"VCEK said, VLEK used", [](Report& r) { r.key_info = 0; }, "kind of key"}});
    const SoftwareChain turin{ChainForm(Product::kTurin)};
    check_changes(turin, {{"other FMC", [](Report& r) { r.reported_tcb += 1; }, "TCB"},
                          {"Milan", [](Report& r) { r.cpu_family = 0x19; }, "product Turin"}});
}

TEST_CASE("bits that no specification names yet are no reason to refuse") {
    const SoftwareChain chain;
    Report report = chain.report();
    report.platform_info = 0xffffffffffffffff;
    report.policy |= uint64_t{0xffffffff} << 24;
    const auto genuine = verify(chain, chain.sign(report));
    REQUIRE(genuine.ok());
    CHECK(policy_for_software().accept(genuine->claims).ok());
}

TEST_CASE("a genuine guest may still be one that the built-in policy refuses") {
    const SoftwareChain chain;
    const AppraisalPolicy policy = policy_for_software();
    const std::pair<const char*, std::function<void(Report&)>> changes[] = {
        {"vmpl", [](Report& r) { r.vmpl = 1; }},
        {"allow_debug", [](Report& r) { r.policy |= kPolicyDebug; }},
        {"allow_migration_agent", [](Report& r) { r.policy |= kPolicyMigrationAgent; }},
    };
    for (const auto& [key, apply] : changes) {
        Report report = chain.report();
        REQUIRE(policy.accept(verify(chain, chain.sign(report))->claims).ok());
        apply(report);
        const auto genuine = verify(chain, chain.sign(report));
        REQUIRE(genuine.ok());
        const auto verdict = policy.accept(genuine->claims);
        REQUIRE_FALSE(verdict.ok());
        CHECK(verdict.error().code() == ErrorCode::kRefused);
        CHECK_THAT(verdict.error().message(), Catch::Contains(key));
    }
}

TEST_CASE("a platform whose TCB went back is genuine, but below the floor of a policy") {
    const SoftwareChain chain;
    AppraisalPolicy policy = policy_for_software();
    policy.tcb_floor["Milan"] = {{"snp", 24}, {"microcode", 200}};
    REQUIRE(policy.accept(verify(chain, chain.evidence())->claims).ok());

    Report launched_before = chain.report();
    launched_before.launch_tcb -= uint64_t{1} << 48;
    const auto genuine = verify(chain, chain.sign(launched_before));
    REQUIRE(genuine.ok());
    CHECK(policy.accept(genuine->claims).error().code() == ErrorCode::kRefused);

    ChainForm form;
    form.tcb.snp = 23;
    form.replace("3.3", {2, 1, 23});
    const SoftwareChain rolled_back(form);
    const auto older = verify(rolled_back, rolled_back.evidence());
    REQUIRE(older.ok());
    CHECK(policy.accept(older->claims).error().code() == ErrorCode::kRefused);
}

TEST_CASE("R and S from 1 to n - 1 only") {
    const SoftwareChain chain;
    const Evidence evidence = chain.evidence();
    constexpr uint8_t kOrder[kScalarSize] = {
        // of P-384, little-endian
        0x73, 0x29, 0xc5, 0xcc, 0x6a, 0x19, 0xec, 0xec, 0x7a, 0xa7, 0xb0, 0x48,
        0xb2, 0x0d, 0x1a, 0x58, 0xdf, 0x2d, 0x37, 0xf4, 0x81, 0x4d, 0x63, 0xc7,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    Bytes above = to_bytes(kOrder);
    above[0] += 1;
    for (const Bytes& scalar :
         {Bytes(kScalarSize, 0), to_bytes(kOrder), above, Bytes(kScalarSize, 0xff)}) {
        for (const size_t offset : {kSignedSize, kSignedSize + 72}) {
            Evidence altered = evidence;
            std::copy(scalar.begin(), scalar.end(),
                      altered.report.begin() + static_cast<ptrdiff_t>(offset));
            check_refused(verify(chain, altered), "signature");
        }
    }
    Evidence both_zero = evidence;
    std::fill(both_zero.report.begin() + kSignedSize, both_zero.report.end(), uint8_t{0});
    check_refused(verify(chain, both_zero), "signature");
    REQUIRE(verify(chain, evidence).ok());
}

TEST_CASE("reserved bytes that are not zero are refused before anything else is believed") {
    const SoftwareChain chain;
    const Bytes report = chain.evidence().report;
    const auto refuses = [&chain, &report](size_t offset) {
        Evidence altered{report, chain.endorsements()};
        altered.report[offset] = 1;
        std::vector<Check> steps;
        const auto verdict = Verifier({chain.root()}).explain(altered, kSoftwareNow, steps);
        INFO("offset " << offset);
        check_refused(verdict, "zeros in reserved ranges");
        CHECK(steps.at(0).outcome == Check::Outcome::kFailed);
        CHECK(outcome_of({steps.begin() + 1, steps.end()}) == Check::Outcome::kSkipped);
    };
    const std::pair<size_t, size_t> ranges[] = {
        {0x4c, 0x50},   {0x18b, 0x1a0},           {0x1eb, 0x1ec},           {0x1ef, 0x1f0},
        {0x1f8, 0x2a0}, {0x2a0 + 48, 0x2a0 + 72}, {0x2e8 + 48, 0x2e8 + 72}, {0x330, 0x4a0}};
    for (const auto& [begin, end] : ranges) {
        for (size_t offset = begin; offset < end; ++offset) {
            refuses(offset);
        }
    }
}

TEST_CASE("a report of any other size is refused") {
    const SoftwareChain chain;
    const Evidence evidence = chain.evidence();
    for (size_t size = 0; size < kReportSize; ++size) {
        Evidence cut = evidence;
        cut.report.resize(size);
        REQUIRE_FALSE(verify(chain, cut).ok());
    }
    for (const size_t more : {size_t{1}, size_t{16}, kReportSize, size_t{1} << 20}) {
        Evidence longer = evidence;
        longer.report.resize(kReportSize + more);
        check_refused(verify(chain, longer), "1184 bytes");
    }
}

TEST_CASE("a genuine report with another platform's certificates is refused") {
    const SoftwareChain chain;
    ChainForm form;
    form.chip[5] ^= 1;
    form.replace("4", form.chip);
    const SoftwareChain other_chip(form);
    REQUIRE(verify(other_chip, other_chip.evidence()).ok());
    check_refused(verify(chain, {chain.evidence().report, other_chip.endorsements()}),
                  "hardware id");

    for (const char* component : {"3.1", "3.2", "3.3", "3.8"}) {
        ChainForm other;
        other.replace(component, {2, 1, 77});
        const SoftwareChain other_tcb(other);
        check_refused(verify(chain, {chain.evidence().report, other_tcb.endorsements()}), "TCB");
    }
    const SoftwareChain genoa{ChainForm(Product::kGenoa)};
    check_refused(verify(genoa, {chain.evidence().report, genoa.endorsements()}), "product Genoa");
}

TEST_CASE("verification is told step by step, in the order of trust") {
    const SoftwareChain chain;
    std::vector<Check> steps;
    REQUIRE(Verifier({chain.root()}).explain(chain.evidence(), kSoftwareNow, steps).ok());
    std::vector<std::string> names;
    for (const Check& step : steps) {
        CHECK(step.outcome == Check::Outcome::kPassed);
        names.push_back(step.name);
    }
    CHECK(names == std::vector<std::string>{"report format", "processor generation", "endorsements",
                                            "signer", "certificate chain", "product",
                                            "TCB of the certificate", "chip of the certificate",
                                            "report signature", "requested by the guest",
                                            "guest policy"});

    steps.clear();
    CHECK_FALSE(Verifier(amd_roots()).explain(chain.evidence(), kSoftwareNow, steps).ok());
    CHECK(steps.at(3).outcome == Check::Outcome::kPassed);
    CHECK(steps.at(4).outcome == Check::Outcome::kFailed);
    CHECK(first_failure(steps) == &steps.at(4));
    CHECK(steps.at(5).outcome == Check::Outcome::kSkipped);
}
