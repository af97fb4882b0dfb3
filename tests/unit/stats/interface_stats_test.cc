#include "ucx_crypto/stats/interface_stats.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/stats/sample.h"

namespace ucx_crypto::stats {
namespace {

class ReportFolder {
  public:
    ReportFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "ucx-stats-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~ReportFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ReportFolder(const ReportFolder&) = delete;
    ReportFolder& operator=(const ReportFolder&) = delete;

    std::string operator/(const char* name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

std::string contents(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

size_t line_count(const std::string& text) {
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("UCX_CRYPTO_STATS is yes, no, or the name of a file") {
    for (const char* no : {"", "n", "No", "off", "0"}) {
        CHECK_FALSE(Report::parse(no).wanted);
    }
    for (const char* yes : {"y", "Y", "yes", "on", "1"}) {
        CHECK(Report::parse(yes).wanted);
        CHECK(Report::parse(yes).file.empty());
    }
    CHECK(Report::parse("stats-%r.json").wanted);
    CHECK(Report::parse("stats-%r.json").file == "stats-%r.json");
}

TEST_CASE("A report's file may name host, process and rank") {
    CHECK(expand("/tmp/%h/%p-%r.json", "node1", 12, 3) == "/tmp/node1/12-3.json");
    CHECK(expand("%r", "node1", 12, std::nullopt) == "none");
    CHECK(expand("100%% %x %", "node1", 12, 3) == "100% %x %");
}

TEST_CASE("Every interface adds its line to the report when it is closed") {
    const ReportFolder folder;
    const std::string file = folder / "stats-3.json";
    for (int i = 0; i < 2; ++i) {
        InterfaceStats stats(kDescription, Report::parse(folder / "stats-%r.json"));
        stats.page().counters.add(Counter::kOpens, 17);
        CHECK(line_count(contents(file)) == static_cast<size_t>(i));
    }
    const std::string text = contents(file);
    CHECK(line_count(text) == 2);
    CHECK(text.find("\"opens\": 17") != std::string::npos);
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("A report is made once, also when the process ends before its interface") {
    const ReportFolder folder;
    const std::string file = folder / "stats";
    {
        const InterfaceStats open(kDescription, Report::parse(file));
        InterfaceStats::report_all();
        CHECK(line_count(contents(file)) == 1);
    }
    InterfaceStats::report_all();
    CHECK(line_count(contents(file)) == 1);
}

TEST_CASE("A report goes to no symbolic link and to nothing but a regular file") {
    const ReportFolder folder;
    const std::string target = folder / "target";
    std::ofstream(target) << "mine\n";
    std::filesystem::create_symlink(target, folder / "link");
    std::filesystem::create_hard_link(target, folder / "another name");
    REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
    for (const char* name : {"link", "another name", "fifo", "missing/file", ""}) {
        const InterfaceStats stats(kDescription, {true, folder / name});
    }
    CHECK(contents(target) == "mine\n");
}

TEST_CASE("Who asks for no report gets none") {
    const ReportFolder folder;
    { const InterfaceStats stats(kDescription, {false, folder / "stats"}); }
    CHECK_FALSE(std::filesystem::exists(folder / "stats"));
}

}  // namespace ucx_crypto::stats
