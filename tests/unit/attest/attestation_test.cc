#include "ucx_crypto/attest/attestation.h"

#include "tests/unit/attest/temporary_folder.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;

namespace {

const std::string kDomainKey = "0123456789abcdef0123456789abcdef";

Error creation_error(const Settings& settings) {
    auto attestation = Attestation::create(settings);
    REQUIRE_FALSE(attestation.ok());
    return std::move(attestation).error();
}

Settings off_settings(const TemporaryFolder& folder) {
    Settings settings;
    settings.mode = Mode::kOff;
    settings.domain_key_path = folder.write("domain.key", kDomainKey, 0600);
    return settings;
}

}  // namespace

TEST_CASE("mode off knows its domain key and makes no evidence") {
    const TemporaryFolder folder;
    const auto created = Attestation::create(off_settings(folder));
    REQUIRE(created.ok());
    Attestation& off = **created;
    CHECK(off.mode() == Mode::kOff);
    REQUIRE(off.domain_key() != nullptr);
    CHECK(as_text(off.domain_key()->expose()) == kDomainKey);
    CHECK(off.domain_id() != Digest{});
    CHECK_FALSE(off.requires_channel_binding());
    const auto evidence = off.attest({});
    REQUIRE(evidence.ok());
    CHECK(evidence->report.empty());
    CHECK(evidence->endorsements.empty());
}

TEST_CASE("mode off accepts only a peer that is off and shows nothing") {
    const TemporaryFolder folder;
    const auto created = Attestation::create(off_settings(folder));
    REQUIRE(created.ok());
    Attestation& off = **created;
    const auto now = std::chrono::system_clock::now();
    Binding binding;
    binding.domain_id = off.domain_id();
    const auto claims = off.appraise(Mode::kOff, {}, binding, now);
    REQUIRE(claims.ok());
    CHECK(claims->mode == Mode::kOff);
    for (const Mode mode : {Mode::kSnp, Mode::kEmulated, Mode::kAuto}) {
        const auto refused = off.appraise(mode, {}, binding, now);
        REQUIRE_FALSE(refused.ok());
        CHECK(refused.error().code() == ErrorCode::kRefused);
        CHECK(refused.error().message().find("expected off") != std::string::npos);
    }
    const Evidence unexpected{{1}, {}};
    CHECK(off.appraise(Mode::kOff, unexpected, binding, now).error().code() ==
          ErrorCode::kProtocol);
    binding.domain_id[0] ^= 1;
    CHECK(off.appraise(Mode::kOff, {}, binding, now).error().code() == ErrorCode::kAuthentication);
}

TEST_CASE("mode off needs a domain key and a policy that asks for no evidence") {
    const TemporaryFolder folder;
    Settings settings = off_settings(folder);
    settings.domain_key_path.clear();
    CHECK(creation_error(settings).code() == ErrorCode::kInvalidArgument);

    settings = off_settings(folder);
    for (const char* policy : {R"({"products": ["Milan"]})", R"({"agent_uids": [1000]})",
                               R"({"crl_max_age_days": 30})"}) {
        settings.policy_path = folder.write("policy.json", policy, 0600);
        CHECK(creation_error(settings).code() == ErrorCode::kRefused);
    }
    settings.policy_path = folder.write("policy.json", R"({"vmpl": 1})", 0600);
    CHECK(Attestation::create(settings).ok());
}

TEST_CASE("auto and snp without a guest device say what to set instead") {
    if (access("/dev/sev-guest", F_OK) == 0 || access("/sys/kernel/config/tsm", F_OK) == 0) {
        WARN("skipped: this machine has a guest device");
        return;
    }
    for (const Mode mode : {Mode::kAuto, Mode::kSnp}) {
        Settings settings;
        settings.mode = mode;
        const Error error = creation_error(settings);
        CHECK(error.code() == ErrorCode::kNotFound);
        CHECK(error.message().find("UCX_CRYPTO_ATTESTATION=off") != std::string::npos);
        CHECK(error.message().find("init --emulated") != std::string::npos);
    }
}

TEST_CASE("a bad key file or policy stops every mode") {
    const TemporaryFolder folder;
    for (const Mode mode : {Mode::kAuto, Mode::kOff, Mode::kSnp, Mode::kEmulated}) {
        Settings settings = off_settings(folder);
        settings.mode = mode;
        REQUIRE(chmod(settings.domain_key_path.c_str(), 0644) == 0);
        CHECK(creation_error(settings).code() == ErrorCode::kPermission);
        REQUIRE(chmod(settings.domain_key_path.c_str(), 0600) == 0);
        settings.policy_path = folder.write("policy.json", R"({"no such key": 1})", 0600);
        CHECK(creation_error(settings).code() == ErrorCode::kInvalidArgument);
    }
}
