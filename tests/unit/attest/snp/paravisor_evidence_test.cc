// Evidence whose data a paravisor vouches for: what it may look like, and who accepts it.
#include "ucx_crypto/attest/snp/paravisor_evidence.h"

#include "tests/unit/attest/snp/hcl_builder.h"
#include "tests/unit/attest/snp/software_chip.h"
#include "ucx_crypto/attest/create_attestation.h"
#include "ucx_crypto/attest/evidence_attestation.h"
#include "ucx_crypto/attest/snp/snp_attester.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;
using Catch::Matchers::Contains;

namespace {

/// A guest whose paravisor asks this chip for its reports.
class ParavisorSource final : public ReportSource {
  public:
    explicit ParavisorSource(const SoftwareChip& chip) : chip_(chip) {}
    Result<SignedReport> get(const ReportData& data) override {
        const std::string claims = runtime_claims(data);
        return SignedReport{hcl_report(chip_.report(data_over(claims)), claims), chip_.table};
    }
    bool by_paravisor() const override { return true; }

  private:
    const SoftwareChip& chip_;
};

std::unique_ptr<Attestation> side(const SoftwareChip& chip, bool allow_paravisor) {
    AppraisalPolicy policy;
    policy.allow_paravisor = allow_paravisor;
    policy.domain_key_required = false;
    auto attester =
        std::make_unique<SnpAttester>(std::make_unique<ParavisorSource>(chip), "test vTPM");
    auto made = attestation_by_evidence(Mode::kSnp, policy, {}, std::move(attester),
                                        {chip.as_trusted_root()});
    REQUIRE(made.ok());
    return std::move(made).value();
}

Binding binding_of(uint8_t key) {
    Binding binding;
    binding.spki_hash.fill(key);
    return binding;
}

ErrorCode refusal(Attestation& side, const Evidence& evidence) {
    const auto claims =
        side.appraise(Mode::kSnp, evidence, binding_of(1), std::chrono::system_clock::now());
    REQUIRE_FALSE(claims.ok());
    return claims.error().code();
}

bool has_user_data(const std::string& claims) {
    const auto data = user_data(as_bytes(claims));
    CHECK((data.ok() || data.error().code() == ErrorCode::kAuthentication));
    return data.ok();
}

const std::string kHex(128, 'a');

std::string with_user_data(const std::string& before, const std::string& after = "") {
    return "{" + before + R"("user-data":")" + kHex + "\"" + after + "}";
}

}  // namespace

TEST_CASE("a paravisor's evidence is accepted where the policy says so, and nowhere else") {
    const TemporaryFolder folder;
    const SoftwareChip chip(folder);
    const auto trusting = side(chip, true);
    const auto evidence = trusting->attest(binding_of(1));
    INFO((evidence.ok() ? "" : evidence.error().message()));
    REQUIRE(evidence.ok());
    const auto claims =
        trusting->appraise(Mode::kSnp, *evidence, binding_of(1), std::chrono::system_clock::now());
    INFO((claims.ok() ? "" : claims.error().message()));
    REQUIRE(claims.ok());
    CHECK(claims->paravisor);
    CHECK_FALSE(claims->emulated);

    const auto strict = side(chip, false);
    const auto refused =
        strict->appraise(Mode::kSnp, *evidence, binding_of(1), std::chrono::system_clock::now());
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code() == ErrorCode::kRefused);
    CHECK_THAT(refused.error().message(), Contains("'allow_paravisor'"));
}

TEST_CASE("a paravisor's evidence is bound to the key, and every byte that is vouched for counts") {
    const TemporaryFolder folder;
    const SoftwareChip chip(folder);
    const auto trusting = side(chip, true);
    const Evidence evidence = trusting->attest(binding_of(1)).value();
    CHECK(refusal(*trusting, trusting->attest(binding_of(2)).value()) ==
          ErrorCode::kAuthentication);

    for (size_t at = 0x20; at < 0x20 + 0x2a0; at += 7) {
        Evidence altered = evidence;
        altered.report[at] ^= 1;
        INFO(at);
        CHECK(refusal(*trusting, altered) == ErrorCode::kAuthentication);
    }
    for (size_t at = 0x20 + kReportSize + 8; at < evidence.report.size(); ++at) {
        Evidence altered = evidence;
        altered.report[at] ^= 1;
        INFO(at);
        CHECK(refusal(*trusting, altered) == ErrorCode::kAuthentication);
    }
    Evidence longer = evidence;
    longer.report.push_back(0);
    CHECK(refusal(*trusting, longer) == ErrorCode::kAuthentication);
    const Evidence inner{
        Bytes(evidence.report.begin() + 0x20, evidence.report.begin() + 0x20 + kReportSize),
        evidence.endorsements};
    CHECK(refusal(*trusting, inner) == ErrorCode::kAuthentication);
}

TEST_CASE("claims that another guest made are no evidence without a report over them") {
    const TemporaryFolder folder;
    const SoftwareChip chip(folder);
    const auto trusting = side(chip, true);
    const ReportData wanted = report_data(Mode::kSnp, binding_of(1));
    const std::string claims = runtime_claims(wanted);
    const auto endorsements = trusting->attest(binding_of(1))->endorsements;
    const auto refused = [&](const Bytes& report) {
        return refusal(*trusting, {report, endorsements}) == ErrorCode::kAuthentication;
    };
    CHECK(refused(unsigned_hcl_report(claims)));
    Bytes data = data_over(claims);
    data[63] = 1;
    CHECK(refused(hcl_report(chip.report(data), claims)));
    CHECK(refused(hcl_report(chip.report(wanted), claims)));
}

TEST_CASE("a process with a vTPM does not start where its own policy refuses such evidence") {
    const TemporaryFolder folder;
    const SoftwareChip chip(folder);
    const std::vector<Candidate> machine = {
        {"test vTPM", [&chip]() -> Result<std::unique_ptr<ReportSource>> {
             return std::unique_ptr<ReportSource>(std::make_unique<ParavisorSource>(chip));
         }}};
    Settings settings = chip.settings(Mode::kAuto);
    const auto refused = create_attestation(settings, machine);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code() == ErrorCode::kRefused);
    CHECK_THAT(refused.error().message(), Contains("allow_paravisor"));
    settings.policy_text = R"({"allow_paravisor": true})";
    const auto created = create_attestation(settings, machine);
    INFO((created.ok() ? "" : created.error().message()));
    REQUIRE(created.ok());
    CHECK((*created)->attest(binding_of(1)).ok());
}

TEST_CASE("user data is read from claims of the one form that it has") {
    CHECK(has_user_data(with_user_data("")));
    CHECK(has_user_data(with_user_data(R"("keys":[{"user-data":"x"},[["user-data"]]],)")));
    CHECK(has_user_data(with_user_data(R"("a":{"b":null,"c":1.5,"d":-1,"e":true},)", R"(,"f":2)")));
    CHECK(user_data(as_bytes(with_user_data(""))).value()[63] == 0xaa);
}

TEST_CASE("claims that say anything else as user data are refused") {
    const std::string bad[] = {
        "",
        " ",
        "{}",
        "null",
        "[]",
        "\"user-data\"",
        "[" + with_user_data("") + "]",
        R"({"user-data":1})",
        R"({"user-data":null})",
        R"({"user-data":true})",
        R"({"user-data":""})",
        R"({"user-data":["00"]})",
        R"({"user-data":{"user-data":")" + kHex + "\"}}",
        R"({"x":{"user-data":")" + kHex + "\"}}",
        R"({"user-data":")" + kHex.substr(2) + "\"}",
        R"({"user-data":")" + kHex + "00\"}",
        R"({"user-data":")" + kHex.substr(1) + "g\"}",
        R"({"User-Data":")" + kHex + "\"}",
        with_user_data("", R"(,"user-data":"00")"),
        with_user_data(R"("user-data":"00",)"),
        with_user_data(R"("user\u002ddata":"00",)"),
        with_user_data("") + "x",
        with_user_data("") + with_user_data(""),
        with_user_data("") + std::string(1, '\0') + "x",
        with_user_data("").substr(0, 140),
        with_user_data(R"("x":"\xff",)"),
        with_user_data("\"x\":\"\xff\","),
        with_user_data(R"("x":)" + std::string(8, '[') + std::string(8, ']') + ","),
        with_user_data(R"("x":)" + std::string(6000, '[')),
    };
    for (const std::string& claims : bad) {
        INFO(claims);
        CHECK_FALSE(has_user_data(claims));
    }
}
