#include "ucx_crypto/attest/snp/snp_attester.h"

#include <cstdlib>

#include "tests/unit/attest/snp/fake_tsm.h"
#include "tests/unit/attest/snp/software_chip.h"
#include "tests/unit/attest/software_chain.h"
#include "ucx_crypto/attest/create_attestation.h"
#include "ucx_crypto/attest/evidence_attestation.h"
#include "ucx_crypto/attest/snp/verifier.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;
using Catch::Matchers::Contains;

namespace {

/// Gives what a test puts in.
class FixedSource final : public ReportSource {
  public:
    explicit FixedSource(SignedReport answer) : answer_(std::move(answer)) {}
    Result<SignedReport> get(const ReportData&) override { return answer_; }

  private:
    SignedReport answer_;
};

Result<Evidence> evidence_from(SignedReport answer, const ReportData& data) {
    return SnpAttester(std::make_unique<FixedSource>(std::move(answer)), "test").attest(data);
}

ReportData data_of(uint8_t byte) {
    ReportData data;
    data.fill(byte);
    return data;
}

SignedReport report_by(Signer signer, Bytes table) {
    Report report;
    report.report_data = data_of(4);
    report.key_info = static_cast<uint32_t>(signer) << 2;
    const auto bytes = report.encode();
    return {Bytes(bytes.begin(), bytes.end()), std::move(table)};
}

const Bytes kVcek(10, 1);
const Bytes kVlek(11, 2);
const Bytes kAsk(12, 3);
const Bytes kArk(13, 4);

}  // namespace

TEST_CASE("evidence is the report with leaf, intermediate and root of its signer") {
    const Bytes table = TableBuilder::of(
        {{kVcekGuid, kVcek}, {kVlekGuid, kVlek}, {kAskGuid, kAsk}, {kArkGuid, kArk}});
    const auto vcek = evidence_from(report_by(Signer::kVcek, table), data_of(4));
    REQUIRE(vcek.ok());
    CHECK(vcek->endorsements == encode_endorsements({kVcek, kAsk, kArk}));
    CHECK(vcek->report == report_by(Signer::kVcek, {}).report);
    const auto vlek = evidence_from(report_by(Signer::kVlek, table), data_of(4));
    REQUIRE(vlek.ok());
    CHECK(vlek->endorsements == encode_endorsements({kVlek, kAsk, kArk}));
}

TEST_CASE("certificates that the host does not give are named") {
    const auto error = [](Signer signer, const Bytes& table) {
        const auto evidence = evidence_from(report_by(signer, table), data_of(4));
        REQUIRE_FALSE(evidence.ok());
        CHECK(evidence.error().code() == ErrorCode::kNotFound);
        return evidence.error().message();
    };
    CHECK_THAT(error(Signer::kVcek, {}), Contains("none for VCEK and ASK and ARK;"));
    CHECK_THAT(error(Signer::kVcek, Bytes(4096)), Contains("none for VCEK and ASK and ARK;"));
    CHECK_THAT(error(Signer::kVlek, TableBuilder::of({{kVlekGuid, kVlek}})),
               Contains("none for ASVK and ARK;"));
    CHECK_THAT(error(Signer::kVcek,
                     TableBuilder::of({{kVlekGuid, kVlek}, {kAskGuid, kAsk}, {kArkGuid, kArk}})),
               Contains("none for VCEK;"));
}

TEST_CASE("a report over other data, or none at all, is not shown to peers") {
    const auto other = evidence_from(report_by(Signer::kVcek, {}), data_of(5));
    REQUIRE_FALSE(other.ok());
    CHECK_THAT(other.error().message(), Contains("expected the REPORT_DATA that was asked for"));
    const auto none = evidence_from({Bytes(kReportSize), {}}, data_of(0));
    REQUIRE_FALSE(none.ok());
    CHECK_THAT(none.error().message(), Contains("version"));
    CHECK_FALSE(evidence_from({{}, {}}, data_of(0)).ok());
}

TEST_CASE("both report sources give evidence that the chip's root verifies") {
    const TemporaryFolder folder;
    const SoftwareChip chip(folder);
    const Verifier verifier({chip.as_trusted_root()});
    const auto now = std::chrono::system_clock::now();
    const auto check = [&](std::unique_ptr<ReportSource> source) {
        SnpAttester attester(std::move(source), "test");
        const auto evidence = attester.attest(data_of(6));
        INFO((evidence.ok() ? "" : evidence.error().message()));
        REQUIRE(evidence.ok());
        const auto genuine = verifier.verify(*evidence, now);
        REQUIRE(genuine.ok());
        CHECK(genuine->report.report_data == data_of(6));
        CHECK(genuine->claims.mode == Mode::kSnp);
    };
    DriverLog log;
    check(chip.machine(log)[0].open().value());

    TsmState state;
    state.table = chip.table;
    state.report = [&](ByteView data) { return chip.report(data); };
    std::filesystem::create_directory(folder.path("report"));
    check(TsmReporter::open(folder.path("report"), std::make_unique<FakeTsm>(state)).value());
}

TEST_CASE("auto and snp choose the machine's device and say which") {
    const TemporaryFolder folder;
    const SoftwareChip chip(folder);
    DriverLog log;
    for (const Mode mode : {Mode::kAuto, Mode::kSnp}) {
        const auto created = create_attestation(chip.settings(mode), chip.machine(log));
        REQUIRE(created.ok());
        CHECK((*created)->mode() == Mode::kSnp);
        CHECK((*created)->attester() == "test device");
        CHECK((*created)->attest({}).ok());

        Settings keyless = chip.settings(mode);
        keyless.domain_key_path.clear();
        const auto refused = create_attestation(keyless, chip.machine(log));
        REQUIRE_FALSE(refused.ok());
        CHECK_THAT(refused.error().message(), Contains("UCX_CRYPTO_DOMAIN_KEY"));
    }
    const std::vector<Candidate> forbidden{
        {"test device", []() -> Result<std::unique_ptr<ReportSource>> {
             return Error(ErrorCode::kPermission, "the device: forbidden; do this");
         }}};
    const auto refused = create_attestation(chip.settings(Mode::kAuto), forbidden);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code() == ErrorCode::kPermission);
    CHECK(refused.error().message() ==
          "UCX_CRYPTO_ATTESTATION=auto: the device: forbidden; do this");
}

TEST_CASE("no setting makes a foreign root trusted as AMD's") {
    const TemporaryFolder folder;
    const SoftwareChip chip(folder);
    const auto now = std::chrono::system_clock::now();
    // Everything that a process can be told names this root's files, and the policy allows it.
    const Settings settings = chip.settings(Mode::kSnp);
    DriverLog log;
    const auto created = create_attestation(settings, chip.machine(log));
    REQUIRE(created.ok());
    Attestation& shipped = **created;
    Binding binding;
    binding.domain_id = shipped.domain_id();
    const auto evidence = shipped.attest(binding);
    REQUIRE(evidence.ok());
    const auto verdict = shipped.appraise(Mode::kSnp, *evidence, binding, now);
    REQUIRE_FALSE(verdict.ok());
    CHECK(verdict.error().code() == ErrorCode::kAuthentication);
    CHECK_THAT(verdict.error().message(), Contains("expected a trusted key"));

    // Nor in mode emulated, where this root is trusted, is its evidence that of SEV-SNP.
    const auto emulated = Attestation::create(chip.settings(Mode::kEmulated));
    REQUIRE(emulated.ok());
    CHECK((*emulated)->appraise(Mode::kSnp, *evidence, binding, now).error().code() ==
          ErrorCode::kRefused);
    CHECK((*emulated)->appraise(Mode::kEmulated, *evidence, binding, now).error().code() ==
          ErrorCode::kAuthentication);

    // A test that hands the root over in code does trust it: nothing else was wrong above.
    auto policy = AppraisalPolicy::load("");
    auto domain = load_domain_key(settings.domain_key_path);
    REQUIRE(policy.ok());
    REQUIRE(domain.ok());
    const auto trusting = attestation_by_evidence(
        Mode::kSnp, std::move(policy).value(), std::move(domain).value(),
        std::make_unique<SnpAttester>(chip.machine(log)[0].open().value(), "test"),
        {chip.as_trusted_root()});
    REQUIRE(trusting.ok());
    const auto claims = (*trusting)->appraise(Mode::kSnp, *evidence, binding, now);
    INFO((claims.ok() ? "" : claims.error().message()));
    REQUIRE(claims.ok());
    CHECK_FALSE(claims->emulated);
}

TEST_CASE("the store stands in for a host that gives no certificates, or another chip's") {
    const TemporaryFolder folder;
    const EndorsementStore store(folder.path("store"));
    const Product product = GENERATE(Product::kMilan, Product::kTurin);
    const Signer signer = GENERATE(Signer::kVcek, Signer::kVlek);
    const SoftwareChain chain{ChainForm(product, signer)};
    ChainForm older(product, signer);
    older.tcb.snp = 23;
    older.replace("3.3", {2, 1, 23});
    ChainForm elsewhere(product, signer);
    elsewhere.replace("4", Bytes(product == Product::kTurin ? 8 : 64, 0x77));

    const auto table_of = [signer](const SoftwareChain& of) {
        const auto list = decode_endorsements(of.endorsements());
        REQUIRE(list.ok());
        return TableBuilder::of(
            {{signer == Signer::kVlek ? kVlekGuid : kVcekGuid, to_bytes(list->at(0))},
             {kAskGuid, to_bytes(list->at(1))},
             {kArkGuid, to_bytes(list->at(2))}});
    };
    const auto shown = [&](const Bytes& table, const std::string& folder_of_store) {
        return SnpAttester(
                   std::make_unique<FixedSource>(SignedReport{chain.evidence().report, table}),
                   "test", folder_of_store)
            .attest(chain.report().report_data);
    };
    const Bytes own_table = table_of(chain);
    const SoftwareChain old(older);

    // Nothing stored yet: the host decides, and what is missing in both places is named.
    CHECK(equal(shown(own_table, folder.path("store"))->endorsements, chain.endorsements()));
    const auto neither = shown({}, folder.path("store"));
    REQUIRE_FALSE(neither.ok());
    CHECK_THAT(neither.error().message(), Contains("from the host, found none"));
    CHECK_THAT(neither.error().message(), Contains("endorsements fetch"));
    // Nothing that is wrong with certificates is a failure of the device.
    const Bytes no_table(100, 0xFF);
    for (const std::string& place : {folder.path("store"), std::string()}) {
        const auto garbled = shown(no_table, place);
        REQUIRE_FALSE(garbled.ok());
        CHECK(garbled.error().code() == ErrorCode::kNotFound);
    }
    CHECK(equal(shown(table_of(old), folder.path("store"))->endorsements, old.endorsements()));

    REQUIRE(store.add(chain.report(), product, chain.endorsements()).ok());
    std::vector<Bytes> tables{{}, no_table, table_of(old)};
    if (signer == Signer::kVcek) {  // a VLEK is of no chip
        tables.push_back(table_of(SoftwareChain(elsewhere)));
    }
    for (const Bytes& table : tables) {
        const auto evidence = shown(table, folder.path("store"));
        INFO((evidence.ok() ? "" : evidence.error().message()));
        REQUIRE(evidence.ok());
        CHECK(equal(evidence->endorsements, chain.endorsements()));
        CHECK(Verifier({chain.root()}).verify(*evidence, kSoftwareNow).ok());
        const auto without = shown(table, "");
        CHECK_FALSE((without.ok() && equal(without->endorsements, chain.endorsements())));
    }
}
