#include "ucx_crypto/attest/appraisal_policy.h"

#include "tests/unit/attest/temporary_folder.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;

namespace {

std::string error_of(std::string_view text) {
    const auto policy = AppraisalPolicy::parse(text, "test");
    REQUIRE_FALSE(policy.ok());
    CHECK(policy.error().code() == ErrorCode::kInvalidArgument);
    return policy.error().message();
}

}  // namespace

TEST_CASE("the built-in policy accepts no emulation, debugging or migration") {
    const auto policy = AppraisalPolicy::load("");
    REQUIRE(policy.ok());
    CHECK_FALSE(policy->allow_emulated);
    CHECK_FALSE(policy->allow_debug);
    CHECK_FALSE(policy->allow_migration_agent);
    CHECK(policy->domain_key_required);
    CHECK(policy->vmpl == std::vector<uint32_t>{0});
}

TEST_CASE("a policy's keys are read") {
    const std::string chip(128, 'a'), measurement(96, 'B'), host(64, '0');
    const auto policy = AppraisalPolicy::parse(
        R"({"allow_emulated": true, "vmpl": [2, 1], "products": ["Turin"], "chip_ids": [")" + chip +
            R"("], "measurements": [")" + measurement + R"("], "host_data": [")" + host +
            R"("], "channel_binding": true, "domain_key_required": false,
               "allow_debug": true, "allow_migration_agent": true,
               "tcb_floor": {"Milan": {"snp": 8, "microcode": 115}, "Turin": {"fmc": 1}}})",
        "test");
    REQUIRE(policy.ok());
    CHECK(policy->allow_emulated);
    CHECK(policy->allow_debug);
    CHECK(policy->allow_migration_agent);
    CHECK(policy->vmpl == std::vector<uint32_t>{1, 2});
    CHECK(policy->products == std::vector<std::string>{"Turin"});
    CHECK(policy->chip_ids.at(0) == Bytes(64, 0xaa));
    CHECK(policy->measurements.at(0) == Bytes(48, 0xbb));
    CHECK(policy->host_data.at(0) == Bytes(32, 0));
    CHECK(policy->channel_binding);
    CHECK_FALSE(policy->domain_key_required);
    CHECK(policy->tcb_floor.at("Milan").at("microcode") == 115);
    CHECK(policy->tcb_floor.at("Turin").at("fmc") == 1);
}

TEST_CASE("a policy's error names the key") {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"allow_emulatd": true})", "allow_emulatd"},
        {R"({"allow_emulated": 1})", "allow_emulated"},
        {R"({"allow_emulated": false, "allow_emulated": true})", "allow_emulated"},
        {R"({"measurements": ["00"]})", "measurements"},
        {R"({"measurements": "00"})", "measurements"},
        {R"({"host_data": [7]})", "host_data"},
        {R"({"vmpl": []})", "vmpl"},
        {R"({"vmpl": 4})", "vmpl"},
        {R"({"vmpl": -1})", "vmpl"},
        {R"({"products": ["Naples"]})", "products"},
        {R"({"tcb_floor": {"Naples": {}}})", "tcb_floor.Naples"},
        {R"({"tcb_floor": {"Milan": {"fmc": 1}}})", "tcb_floor.Milan.fmc"},
        {R"({"tcb_floor": {"Milan": {"snp": 256}}})", "tcb_floor.Milan.snp"},
        {R"({"tcb_floor": {"Milan": {"snp": 1, "snp": 0}}})", "snp"},
        {R"({"domain_key_required": false})", "domain_key_required"},
    };
    for (const auto& [text, key] : cases) {
        INFO(text);
        CHECK(error_of(text).find(std::string(1, '\'').append(key).append("'")) !=
              std::string::npos);
    }
}

TEST_CASE("what is no JSON object is no policy") {
    for (const char* text : {"", "{", "[]", "null", "{} {}", "{\"vmpl\": 0,}", "\xff"}) {
        INFO(text);
        CHECK(error_of(text).find("policy test") == 0);
    }
}

TEST_CASE("a policy's digest depends on its meaning, not on how it is written") {
    const auto digest = [](std::string_view text) {
        const auto policy = AppraisalPolicy::parse(text, "test");
        REQUIRE(policy.ok());
        return policy->digest();
    };
    CHECK(digest("{}") == AppraisalPolicy{}.digest());
    CHECK(digest(R"({"vmpl": [0], "allow_debug": false})") == digest(" { } "));
    CHECK(digest(R"({"products": ["Turin", "Milan"]})") ==
          digest(R"({"products":["Milan","Turin","Milan"]})"));
    CHECK(digest(R"({"vmpl": 1})") != digest("{}"));
    CHECK(digest(R"({"allow_emulated": true})") != digest("{}"));
}

TEST_CASE("a policy file that group or others can write is refused, as are links") {
    const TemporaryFolder folder;
    for (const mode_t mode : {0600, 0644, 0444}) {
        CHECK(AppraisalPolicy::load(folder.write("policy", "{}", mode)).ok());
        std::filesystem::remove(folder.path("policy"));
    }
    for (const mode_t mode : {0620, 0602, 0666}) {
        CHECK(AppraisalPolicy::load(folder.write("policy", "{}", mode)).error().code() ==
              ErrorCode::kPermission);
    }
    folder.write("policy", "{}", 0600);
    std::filesystem::create_symlink(folder.path("policy"), folder.path("link"));
    CHECK(AppraisalPolicy::load(folder.path("link")).error().code() == ErrorCode::kPermission);
    CHECK(AppraisalPolicy::load(folder.path("none")).error().code() == ErrorCode::kNotFound);
}

TEST_CASE("a policy accepts only what each of its keys allows, and names the key that refuses") {
    Claims claims;
    claims.product = "Milan";
    claims.measurement = Bytes(48, 1);
    claims.host_data = Bytes(32, 2);
    claims.chip_id = Bytes(64, 3);
    claims.guest_policy = uint64_t{1} << 17;
    claims.reported_tcb = claims.launch_tcb = 0x7308000000000004;
    AppraisalPolicy policy;
    policy.measurements = {claims.measurement};
    policy.host_data = {claims.host_data};
    policy.chip_ids = {claims.chip_id};
    policy.products = {"Genoa", "Milan"};
    policy.tcb_floor["Milan"] = {{"boot_loader", 4}, {"snp", 8}, {"microcode", 0x73}};
    REQUIRE(policy.accept(claims).ok());

    const auto refuses = [&policy](const Claims& other, const std::string& key) {
        const auto decision = policy.accept(other);
        REQUIRE_FALSE(decision.ok());
        CHECK(decision.error().code() == ErrorCode::kRefused);
        CHECK(decision.error().message().find(key) != std::string::npos);
    };
    Claims other = claims;
    other.emulated = true;
    refuses(other, "allow_emulated");
    other = claims;
    other.vmpl = 1;
    refuses(other, "vmpl");
    other = claims;
    other.guest_policy |= uint64_t{1} << 19;
    refuses(other, "allow_debug");
    other = claims;
    other.guest_policy |= uint64_t{1} << 18;
    refuses(other, "allow_migration_agent");
    other = claims;
    other.product = "Turin";
    refuses(other, "products");
    other = claims;
    other.reported_tcb -= 1;
    refuses(other, "tcb_floor.Milan.boot_loader");
    other = claims;
    other.launch_tcb -= uint64_t{1} << 48;
    refuses(other, "tcb_floor.Milan.snp");
    other = claims;
    other.measurement[47] ^= 1;
    refuses(other, "measurements");
    other = claims;
    other.host_data[0] ^= 1;
    refuses(other, "host_data");
    other = claims;
    other.chip_id[63] ^= 1;
    refuses(other, "chip_ids");
}
