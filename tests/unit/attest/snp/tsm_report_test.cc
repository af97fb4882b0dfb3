#include "ucx_crypto/attest/snp/tsm_report.h"

#include <algorithm>

#include "tests/unit/attest/snp/fake_tsm.h"
#include "tests/unit/attest/temporary_folder.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

class Tree {
  public:
    Tree() { std::filesystem::create_directory(path()); }

    std::string path() const { return folder_.path("report"); }
    bool empty() const { return std::filesystem::is_empty(path()); }

    Result<std::unique_ptr<ReportSource>> open() {
        return TsmReporter::open(path(), std::make_unique<FakeTsm>(state));
    }
    /// The report that a reporter gets when the state becomes `wrong` after it was opened.
    Result<SignedReport> get(const std::function<void(TsmState&)>& wrong = [](TsmState&) {}) {
        auto reporter = open();
        REQUIRE(reporter.ok());
        wrong(state);
        ReportData data;
        data.fill(0x41);
        auto answer = (*reporter)->get(data);
        CHECK(empty());
        return answer;
    }

    TsmState state{};

  private:
    TemporaryFolder folder_;
};

using Catch::Matchers::Contains;

}  // namespace

TEST_CASE("configfs-tsm is given the data and the privilege level, and answers") {
    Tree tree;
    tree.state.floor = GENERATE("0\n", "2\n");
    tree.state.table = Bytes(300, 5);
    tree.state.report = [](ByteView data) {
        Bytes report(0x4a0, data[63]);
        return report;
    };
    const auto answer = tree.get();
    INFO((answer.ok() ? "" : answer.error().message()));
    REQUIRE(answer.ok());
    CHECK(answer->report == Bytes(0x4a0, 0x41));
    CHECK(answer->certificate_table == tree.state.table);
    const std::vector<std::pair<std::string, std::string>> expected{
        {"privlevel", tree.state.floor.substr(0, 1)},  // when it was opened
        {"privlevel", tree.state.floor.substr(0, 1)},
        {"inblob", std::string(64, 'A')}};
    CHECK(tree.state.writes == expected);
    CHECK(tree.state.reports == 1);
}

TEST_CASE("every report has a folder of its own, and none is left") {
    Tree tree;
    {
        auto reporter = tree.open();
        REQUIRE(reporter.ok());
        CHECK((*reporter)->get({}).ok());
        CHECK((*reporter)->get({}).ok());
    }
    auto& folders = tree.state.folders;
    REQUIRE(folders.size() == 3);
    std::sort(folders.begin(), folders.end());
    CHECK(std::unique(folders.begin(), folders.end()) == folders.end());
    CHECK(tree.empty());
}

TEST_CASE("an answer to other writes than ours is refused") {
    Tree tree;
    SECTION("another program writes") {
        const auto answer = tree.get([](TsmState& state) { state.other_writer = true; });
        REQUIRE_FALSE(answer.ok());
        CHECK_THAT(answer.error().message(), Contains("expected generation 2, found 3"));
    }
    SECTION("our write is lost") {
        const auto answer = tree.get([](TsmState& state) { state.lose_inblob = true; });
        REQUIRE_FALSE(answer.ok());
        CHECK_THAT(answer.error().message(), Contains("expected generation 2, found 1"));
    }
    SECTION("the provider changes") {
        const auto answer = tree.get([](TsmState& state) { state.provider = "tdx_guest\n"; });
        REQUIRE_FALSE(answer.ok());
        CHECK_THAT(answer.error().message(), Contains("tdx_guest"));
    }
}

TEST_CASE("what cannot be read or written is an error that names it, and no folder is left") {
    Tree tree;
    const auto attribute = GENERATE("inblob", "privlevel", "privlevel_floor", "outblob", "auxblob",
                                    "provider", "generation");
    const auto answer = tree.get([&](TsmState& state) {
        state.failing = attribute;
        state.error = EIO;
    });
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code() == ErrorCode::kIo);
    CHECK_THAT(answer.error().message(), Contains(attribute));
    CHECK_THAT(answer.error().message(), Contains("Input/output error"));
}

TEST_CASE("more than a report and a table can be is refused") {
    Tree tree;
    SECTION("report") {
        const auto answer =
            tree.get([](TsmState& state) { state.report = [](ByteView) { return Bytes(0x4a1); }; });
        REQUIRE_FALSE(answer.ok());
        CHECK_THAT(answer.error().message(), Contains("outblob"));
    }
    SECTION("table") {
        CHECK(tree.get([](TsmState& state) { state.table = Bytes(16384, 1); }).ok());
        const auto answer = tree.get([](TsmState& state) { state.table = Bytes(16385, 1); });
        REQUIRE_FALSE(answer.ok());
        CHECK_THAT(answer.error().message(), Contains("auxblob"));
    }
    SECTION("text") {
        const auto text = GENERATE("", "x\n", "1 2\n", "-1\n", "99999999999999999999\n");
        const auto answer = tree.get([&](TsmState& state) { state.floor = text; });
        REQUIRE_FALSE(answer.ok());
        CHECK_THAT(answer.error().message(), Contains("a number in privlevel_floor"));
    }
}

TEST_CASE("a tree that is missing, forbidden or another platform's is told apart when opened") {
    Tree tree;
    const auto code = [&] {
        const auto reporter = tree.open();
        REQUIRE_FALSE(reporter.ok());
        CHECK(tree.empty());
        return reporter.error().code();
    };
    for (const int error : {ENOENT, ENXIO}) {
        tree.state.make_error = error;
        CHECK(code() == ErrorCode::kNotFound);
    }
    for (const int error : {EACCES, EPERM, EROFS}) {
        tree.state.make_error = error;
        CHECK(code() == ErrorCode::kPermission);
        CHECK_THAT(tree.open().error().message(), Contains("/dev/sev-guest"));
        CHECK_THAT(tree.open().error().message(), Contains("UCX_CRYPTO_ATTESTATION=off"));
    }
    tree.state.make_error = 0;
    tree.state.failing = "privlevel";  // as for a user who may only make the folder
    tree.state.error = EACCES;
    CHECK(code() == ErrorCode::kPermission);
    tree.state.failing.clear();
    tree.state.provider = "tdx_guest\n";
    CHECK(code() == ErrorCode::kUnsupported);
    CHECK(tree.state.reports == 0);
}

TEST_CASE("real file operations do not make attributes, and remove what they made") {
    Tree tree;
    const auto none = TsmReporter::open(tree.path() + "/missing");
    REQUIRE_FALSE(none.ok());
    CHECK(none.error().code() == ErrorCode::kNotFound);
    const auto reporter = TsmReporter::open(tree.path());  // a folder, but nobody's configfs
    REQUIRE_FALSE(reporter.ok());
    CHECK_THAT(reporter.error().message(), Contains("expected to read provider"));
    CHECK(tree.empty());
}
