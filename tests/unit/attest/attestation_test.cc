#include "ucx_crypto/attest/attestation.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "ucx_crypto/attest/domain_key.h"

namespace ucx_crypto::attest {
namespace {

class Folder {
  public:
    Folder() {
        std::string name = std::filesystem::temp_directory_path() / "ucx-crypto-test-XXXXXX";
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name, size_t size, mode_t mode, char fill = 'k') const {
        const std::string path = path_ / name;
        std::ofstream(path) << std::string(size, fill);
        REQUIRE(chmod(path.c_str(), mode) == 0);
        return path;
    }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

ErrorCode error_of(const Settings& settings) {
    return Attestation::create(settings).error().code();
}

}  // namespace

TEST_CASE("Mode off needs a domain key and gives no evidence") {
    const Folder folder;
    CHECK(error_of({Mode::kOff, "", "", ""}) == ErrorCode::kInvalidArgument);
    const auto attestation =
        Attestation::create({Mode::kOff, "", folder.file("key", 32, 0600), ""}).value();
    const auto evidence = attestation->attest({}).value();
    CHECK(evidence.report.empty());
    Binding binding;
    binding.domain_id = attestation->domain_id();
    const auto now = std::chrono::system_clock::now();
    CHECK(attestation->appraise(Mode::kOff, evidence, binding, now).ok());
    CHECK(!attestation->appraise(Mode::kEmulated, evidence, binding, now).ok());
    CHECK(!attestation->appraise(Mode::kOff, {{1}, {}}, binding, now).ok());
    binding.domain_id[0] ^= 1;
    CHECK(!attestation->appraise(Mode::kOff, evidence, binding, now).ok());
}

TEST_CASE("A domain key that others could read, or of another size or kind, is refused") {
    const Folder folder;
    CHECK(read_domain_key(folder.file("good", 32, 0600)).ok());
    CHECK(read_domain_key(folder.file("read-only", 32, 0400)).ok());
    for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601}) {
        CHECK(read_domain_key(folder.file("open", 32, mode)).error().code() ==
              ErrorCode::kPermission);
    }
    for (const size_t size : {0, 31, 33, 64, 5000}) {
        CHECK(!read_domain_key(folder.file("size", size, 0600)).ok());
    }
    CHECK(read_domain_key(folder.path() / "absent").error().code() == ErrorCode::kNotFound);
    CHECK(read_domain_key(folder.path()).error().code() == ErrorCode::kPermission);
    std::filesystem::create_symlink(folder.path() / "good", folder.path() / "link");
    CHECK(read_domain_key(folder.path() / "link").error().code() == ErrorCode::kPermission);
    REQUIRE(mkfifo((folder.path() / "fifo").c_str(), 0600) == 0);
    CHECK(read_domain_key(folder.path() / "fifo").error().code() == ErrorCode::kPermission);
}

TEST_CASE("auto and snp fail where there is no device, and say what to do") {
    if (access("/dev/sev-guest", F_OK) == 0) {
        WARN("skipped: this machine has an SEV-SNP guest device");
        return;
    }
    const auto mode = GENERATE(Mode::kAuto, Mode::kSnp);
    const auto created = Attestation::create({mode, "", "", ""});
    REQUIRE(!created.ok());
    CHECK(created.error().message().find("UCX_CRYPTO_ATTESTATION=off") != std::string::npos);
}

TEST_CASE("A policy that pins a measurement refuses mode off") {
    const Folder folder;
    const std::string policy = folder.path() / "policy.json";
    std::ofstream(policy) << R"({"measurements": [")" << std::string(96, 'a') << R"("]})";
    REQUIRE(chmod(policy.c_str(), 0644) == 0);
    CHECK(error_of({Mode::kOff, policy, folder.file("key", 32, 0600), ""}) == ErrorCode::kRefused);
    REQUIRE(chmod(policy.c_str(), 0666) == 0);
    CHECK(error_of({Mode::kOff, policy, folder.file("key", 32, 0600), ""}) ==
          ErrorCode::kPermission);
}

TEST_CASE("Every part of a binding, and the mode, changes REPORT_DATA") {
    std::set<ReportData> seen;
    Binding binding;
    CHECK(seen.insert(report_data(Mode::kSnp, binding)).second);
    CHECK(seen.insert(report_data(Mode::kEmulated, binding)).second);
    binding.spki_hash[31] = 1;
    CHECK(seen.insert(report_data(Mode::kSnp, binding)).second);
    binding.domain_id[0] = 1;
    CHECK(seen.insert(report_data(Mode::kSnp, binding)).second);
    binding.purpose = Binding::Purpose::kChannel;
    CHECK(seen.insert(report_data(Mode::kSnp, binding)).second);
    const Bytes exporter(32, 9);
    binding.exporter = exporter;
    CHECK(seen.insert(report_data(Mode::kSnp, binding)).second);
    binding.client = true;
    CHECK(seen.insert(report_data(Mode::kSnp, binding)).second);
    binding.peer_spki_hash[5] = 1;
    CHECK(seen.insert(report_data(Mode::kSnp, binding)).second);
}

TEST_CASE("Names of modes are read back, others refused") {
    for (const Mode mode : {Mode::kAuto, Mode::kOff, Mode::kSnp, Mode::kEmulated}) {
        CHECK(parse_mode(to_string(mode)).value() == mode);
    }
    CHECK(!parse_mode("none").ok());
    CHECK(!parse_mode("").ok());
}

}  // namespace ucx_crypto::attest
