#include "ucx_crypto/cli/doctor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

namespace ucx_crypto::cli {
namespace {

Finding about(const std::string& subject) {
    std::vector<Finding> findings = examine();
    auto found = std::find_if(findings.begin(), findings.end(),
                              [&](const Finding& finding) { return finding.subject == subject; });
    REQUIRE(found != findings.end());
    return *found;
}

}  // namespace

TEST_CASE("one failed check decides the exit status, warnings do not") {
    Finding good{"a", Verdict::kOk, "x", ""};
    Finding meek{"b", Verdict::kWarning, "y", "do"};
    Finding bad{"c", Verdict::kFailed, "z", "mend"};
    CHECK(exit_status({good, meek}) == 0);
    CHECK(exit_status({good, bad, meek}) == 1);
    CHECK(as_lines({good, bad}) == "ok       a: x\nfailed   c: z. mend\n");
    CHECK(as_json({bad}).find("\"verdict\": \"failed\"") != std::string::npos);
}

TEST_CASE("a domain key that others can read fails the check") {
    char path[] = "/tmp/ucx-crypto-key-XXXXXX";
    int descriptor = mkstemp(path);
    REQUIRE(descriptor >= 0);
    setenv("UCX_CRYPTO_DOMAIN_KEY", path, 1);
    CHECK(about("UCX_CRYPTO_DOMAIN_KEY").verdict == Verdict::kOk);
    fchmod(descriptor, 0640);
    CHECK(about("UCX_CRYPTO_DOMAIN_KEY").verdict == Verdict::kFailed);
    close(descriptor);
    unlink(path);
    CHECK(about("UCX_CRYPTO_DOMAIN_KEY").verdict == Verdict::kFailed);
    unsetenv("UCX_CRYPTO_DOMAIN_KEY");
    CHECK(about("UCX_CRYPTO_DOMAIN_KEY").verdict == Verdict::kWarning);
}

TEST_CASE("a clear transport beside a crypto one fails the check") {
    setenv("UCX_TLS", "crypto_tcp,tcp", 1);
    CHECK(about("transports").verdict == Verdict::kFailed);
    setenv("UCX_TLS", "crypto_tcp", 1);
    CHECK(about("transports").verdict == Verdict::kOk);
    setenv("UCX_TLS", "tcp", 1);
    CHECK(about("transports").verdict == Verdict::kWarning);
    unsetenv("UCX_TLS");
}

}  // namespace ucx_crypto::cli
