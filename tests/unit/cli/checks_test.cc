#include "ucx_crypto/cli/checks.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

namespace ucx_crypto::cli {
namespace {

/// A file of this content that is gone with the scope.
class File {
  public:
    explicit File(const std::string& content) : descriptor_(mkstemp(path_)) {
        if (descriptor_ < 0) {
            throw std::runtime_error("no temporary file");
        }
        std::ofstream(path_) << content;
    }
    ~File() {
        close(descriptor_);
        unlink(path_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    const char* path() const { return path_; }

  private:
    char path_[32] = "/tmp/ucx-crypto-file-XXXXXX";
    int descriptor_;
};

/// Sets a variable for a scope and unsets it after that.
class Variable {
  public:
    Variable(const char* name, const std::string& value) : name_(name) {
        setenv(name, value.c_str(), 1);
    }
    ~Variable() { unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    const char* name_;
};

const std::string kKey(32, 'k');

}  // namespace

TEST_CASE("a domain key that others can read, or of another size, fails the check") {
    File key(kKey);
    Variable set("UCX_CRYPTO_DOMAIN_KEY", key.path());
    CHECK(check_domain_key().verdict == Verdict::kOk);
    chmod(key.path(), 0640);
    CHECK(check_domain_key().verdict == Verdict::kFailed);
    CHECK(check_domain_key().mend.find("chmod") != std::string::npos);
    chmod(key.path(), 0600);
    std::ofstream(key.path(), std::ios::app) << "more";
    CHECK(check_domain_key().verdict == Verdict::kFailed);
    unlink(key.path());
    CHECK(check_domain_key().verdict == Verdict::kFailed);
}

TEST_CASE("an unset domain key is a warning, an unset policy is the built-in one") {
    unsetenv("UCX_CRYPTO_DOMAIN_KEY");
    unsetenv("UCX_CRYPTO_POLICY");
    CHECK(check_domain_key().verdict == Verdict::kWarning);
    CHECK(check_policy().verdict == Verdict::kOk);
    CHECK(check_policy().found.find("built-in") != std::string::npos);
    CHECK(check_policy().mend.empty());
}

TEST_CASE("a policy that is none fails the check") {
    File policy(R"({"allow_emulated": true})");
    Variable set("UCX_CRYPTO_POLICY", policy.path());
    CHECK(check_policy().verdict == Verdict::kOk);
    std::ofstream(policy.path()) << R"({"allow_emulate": true})";
    CHECK(check_policy().verdict == Verdict::kFailed);
    CHECK(check_policy().found.find("allow_emulate") != std::string::npos);
}

TEST_CASE("attestation that cannot work fails where encryption is asked for, else it warns") {
    File key(kKey);
    Variable off("UCX_CRYPTO_ATTESTATION", "off");
    Variable list("UCX_TLS", "crypto_tcp");
    CHECK(check_attestation().verdict == Verdict::kFailed);
    unsetenv("UCX_TLS");
    CHECK(check_attestation().verdict == Verdict::kWarning);
    Variable member("UCX_CRYPTO_DOMAIN_KEY", key.path());
    CHECK(check_attestation().verdict == Verdict::kOk);
    setenv("UCX_CRYPTO_ATTESTATION", "sgx", 1);
    CHECK(check_attestation().verdict == Verdict::kFailed);
}

TEST_CASE("a clear transport beside a crypto one fails the check") {
    Variable set("UCX_TLS", "crypto_tcp,tcp");
    CHECK(check_transports().verdict == Verdict::kFailed);
    setenv("UCX_TLS", "crypto_tcp", 1);
    CHECK(check_transports().verdict == Verdict::kOk);
    setenv("UCX_TLS", "tcp", 1);
    CHECK(check_transports().verdict == Verdict::kWarning);
}

TEST_CASE("settings of UCX that carry payload out fail the check where encryption is required") {
    Variable logged("UCX_LOG_DATA_SIZE", "64");
    CHECK(check_site().verdict == Verdict::kOk);
    Variable required("UCX_CRYPTO_REQUIRE", "y");
    CHECK(check_site().verdict == Verdict::kFailed);
    CHECK(check_site().found.find("UCX_LOG_DATA_SIZE") != std::string::npos);
}

TEST_CASE("the AEAD in use is named, another than ours fails the check") {
    CHECK(check_aead().found.find("AES-256-GCM by ") == 0);
    Variable set("UCX_CRYPTO_ALGORITHM", "aes128");
    CHECK(check_aead().found.find("AES-128-GCM by ") == 0);
    Variable chosen("UCX_CRYPTO_AEAD", "openssl");
    CHECK(check_aead().found.find("AES-128-GCM by OpenSSL 3.") == 0);
    CHECK(check_aead().found.find("passed their self test: ") != std::string::npos);
    // libsodium has AES-256-GCM only.
    setenv("UCX_CRYPTO_AEAD", "sodium", 1);
    CHECK(check_aead().verdict == Verdict::kFailed);
    setenv("UCX_CRYPTO_AEAD", "aesni", 1);
    CHECK(check_aead().verdict == Verdict::kFailed);
    CHECK(check_aead().found.find("UCX_CRYPTO_AEAD: expected one of auto, ") == 0);
    setenv("UCX_CRYPTO_ALGORITHM", "rot13", 1);
    CHECK(check_aead().verdict == Verdict::kFailed);
}

TEST_CASE("RDMA devices are named, and a warning in a confidential guest only") {
    char folder[] = "/tmp/ucx-crypto-rdma-XXXXXX";
    REQUIRE(mkdtemp(folder) != nullptr);
    CHECK(examine_rdma(folder, true).found == "no devices");
    CHECK(examine_rdma(std::string(folder) + "/none", true).verdict == Verdict::kOk);
    const std::string devices[] = {std::string(folder) + "/mlx5_1",
                                   std::string(folder) + "/mlx5_0"};
    for (const std::string& device : devices) {
        REQUIRE(mkdir(device.c_str(), 0700) == 0);
    }
    CHECK(examine_rdma(folder, false).verdict == Verdict::kOk);
    const Finding guest = examine_rdma(folder, true);
    CHECK(guest.verdict == Verdict::kWarning);
    CHECK(guest.found == "mlx5_0, mlx5_1; RDMA inside a real SNP guest has not been proven");
    CHECK(guest.mend.find("crypto_tcp") != std::string::npos);
    for (const std::string& device : devices) {
        rmdir(device.c_str());
    }
    rmdir(folder);
}

TEST_CASE("an alias that nobody replaces is a warning") {
    // Not LD_PRELOAD of this installation: this program does not lie in one.
    CHECK(check_alias().verdict == Verdict::kWarning);
    CHECK(check_alias().mend.find("ucx-crypto env") != std::string::npos);
}

}  // namespace ucx_crypto::cli
