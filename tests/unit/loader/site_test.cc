#include "ucx_crypto/base/site.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

namespace ucx_crypto {
namespace {

class SiteFile {
  public:
    SiteFile() : descriptor_(mkstemp(path_)) {
        std::ofstream(path_) << R"({"require": true, "attestation": "snp"})";
    }
    ~SiteFile() {
        close(descriptor_);
        unlink(path_);
    }
    SiteFile(const SiteFile&) = delete;
    SiteFile& operator=(const SiteFile&) = delete;
    const char* path() const { return path_; }

  private:
    char path_[32] = "/tmp/ucx-crypto-site-XXXXXX";
    int descriptor_;
};

void clear_environment() {
    for (const char* name :
         {"UCX_CRYPTO_POLICY", "UCX_CRYPTO_ATTESTATION", "UCX_CRYPTO_DOMAIN_KEY",
          "UCX_CRYPTO_ENDORSEMENTS", "UCX_CRYPTO_REQUIRE", "UCX_LOG_DATA_SIZE", "UCX_STATS_DEST"}) {
        unsetenv(name);
    }
}

}  // namespace

TEST_CASE("a site's settings are read as written") {
    auto site = parse_site(
        R"({"require": true, "policy": "/p", "domain_key": "/k", "endorsements": "/e"})");
    REQUIRE(site);
    CHECK(site->require);
    CHECK(site->policy == "/p");
    CHECK(site->attestation.empty());
    CHECK(site->domain_key == "/k");
    CHECK(site->endorsements == "/e");
    CHECK_FALSE(parse_site("{}")->require);
}

TEST_CASE("what is no site file is an error, never an empty one") {
    auto text =
        GENERATE(as<std::string>{}, "", "[]", "{", R"({"require": "yes"})", R"({"policy": 1})",
                 R"({"Require": true})", "true", R"({"require": true, "require": false})",
                 std::string("{}\0{\"require\": true}", 20));
    CHECK_FALSE(parse_site(text));
}

TEST_CASE("a site file that others can write, or of another owner, is refused") {
    SiteFile file;
    chmod(file.path(), 0644);
    auto site = load_site(file.path(), geteuid());
    REQUIRE(site);
    CHECK(site->attestation == "snp");
    CHECK(load_site(file.path(), geteuid() + 1).error().code() == ErrorCode::kPermission);
    chmod(file.path(), 0664);
    CHECK(load_site(file.path(), geteuid()).error().code() == ErrorCode::kPermission);
    CHECK_FALSE(load_site("/nonexistent/site.json")->require);
    CHECK_FALSE(load_site("/", geteuid()));
}

TEST_CASE("the environment may repeat what the site demands, and not change it") {
    clear_environment();
    Site site{.require = false,
              .policy = "/p",
              .attestation = "snp",
              .domain_key = "",
              .endorsements = "/e"};
    REQUIRE(apply_site(site));
    CHECK(getenv("UCX_CRYPTO_ENDORSEMENTS") == std::string("/e"));
    CHECK(getenv("UCX_CRYPTO_POLICY") == std::string("/p"));
    CHECK(apply_site(site));
    setenv("UCX_CRYPTO_ATTESTATION", "off", 1);
    CHECK(apply_site(site).error().code() == ErrorCode::kRefused);
    clear_environment();
}

TEST_CASE("where encryption is required UCX may not log payload or send statistics") {
    clear_environment();
    setenv("UCX_LOG_DATA_SIZE", "64", 1);
    CHECK(apply_site({}));
    CHECK_FALSE(apply_site({.require = true, .policy = "", .attestation = "", .domain_key = ""}));
    setenv("UCX_CRYPTO_REQUIRE", "y", 1);
    CHECK_FALSE(apply_site({}));
    setenv("UCX_LOG_DATA_SIZE", "0", 1);
    CHECK(apply_site({}));
    setenv("UCX_STATS_DEST", "udp:host:1", 1);
    CHECK_FALSE(apply_site({}));
    clear_environment();
}

}  // namespace ucx_crypto
