#include "ucx_crypto/attest/appraisal_policy.h"

#include <set>

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
    CHECK_FALSE(policy->allow_agent);
    CHECK_FALSE(policy->allow_paravisor);
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
        {R"({"tcb_floor": {"Milan": {"snp": 1, "snp": 0}}})", "tcb_floor.Milan.snp"},
        {R"({"tcb_floor": 1})", "tcb_floor"},
        {R"({"tcb_floor": {"Milan": 1}})", "tcb_floor.Milan"},
        {R"({"id_key_digests": [""]})", "id_key_digests"},
        {R"({"evidence_types": "tdx"})", "evidence_types"},
        {R"({"crl": true})", "crl"},
        {R"({"crl": "if_present"})", "crl"},
        {R"({"crl_max_age_days": -1})", "crl_max_age_days"},
        {R"({"crl_max_age_days": 3651})", "crl_max_age_days"},
        {R"({"evidence_types": ["TDX"]})", "evidence_types"},
        {R"({"evidence_types": ["snp"]})", "evidence_types"},
        {R"({"author_key_digests": ["xy"]})", "author_key_digests"},
        {R"({"chip_ids": {"a": 1}})", "chip_ids"},
        {R"({"allow_debug": null})", "allow_debug"},
        {R"({"allow_migration_agent": "true"})", "allow_migration_agent"},
        {R"({"allow_smt": 0})", "allow_smt"},
        {R"({"channel_binding": []})", "channel_binding"},
        {R"({"vmpl": {"vmpl": 1}})", "vmpl"},
        {R"({"domain_key_required": false})", "domain_key_required"},
        {R"({"allow_agent": 1})", "allow_agent"},
        {R"({"allow_paravisor": 1})", "allow_paravisor"},
        {R"({"agent_uids": 1000})", "agent_uids"},
        {R"({"agent_uids": [-1]})", "agent_uids"},
        {R"({"agent_uids": ["root"]})", "agent_uids"},
        {R"({"agent_uids": [4294967295]})", "agent_uids"},
        {R"({"agent_uids": [4294967296]})", "agent_uids"},
    };
    for (const auto& [text, key] : cases) {
        INFO(text);
        CHECK(error_of(text).find(std::string(1, '\'').append(key).append("'")) !=
              std::string::npos);
    }
}

TEST_CASE("a policy's error names the line") {
    const std::pair<const char*, const char*> cases[] = {
        {"{\n\"allow_debug\": false,\n\"vmpl\":\n[0, 7]\n}", "line 3, key 'vmpl'"},
        {"{\n\n\n \"unknown\": {\n}}", "line 4, key 'unknown'"},
        {"{\"products\": [],\n\"products\": []}", "line 2, key 'products'"},
        {"{\"vmpl\": 0,\r\n\"tcb_floor\": {\n\"Milan\": {\"tee\": 1,\n\"snp\": -1}}}",
         "line 4, key 'tcb_floor.Milan.snp'"},
        {"{\n\"tcb_floor\": {\"Milan\": {}},\n\"chip_ids\": 1}", "line 3, key 'chip_ids'"},
        {"{\n\"vmpl\": 0,\n}", "line 3"},
        {"{\n\"vmpl\": 0", "line 2"},
    };
    for (const auto& [text, line] : cases) {
        INFO(text);
        CHECK_THAT(error_of(text), Catch::Contains(line));
    }
    CHECK_THAT(error_of(std::string("{}\n\0{\"chip_ids\": 1}", 19)), Catch::Contains("line 2"));
    CHECK_THAT(error_of(R"({"host_data": [")" + std::string(64, '0') + R"(", "00"]})"),
               Catch::Contains("as element 2"));
}

TEST_CASE("a policy that nests deeper than any policy is refused before it takes stack or memory") {
    const auto nested = [](const std::string& open, const std::string& close, size_t depth) {
        std::string text = "{\"vmpl\":\n";
        for (size_t i = 0; i < depth; ++i) {
            text += open;
        }
        text += "1";
        for (size_t i = 0; i < depth; ++i) {
            text += close;
        }
        return text + "}";
    };
    constexpr size_t kDeep = 100'000;  // within the size that is read
    CHECK_THAT(error_of(nested("[", "]", kDeep)), Catch::Contains("line 2: expected at most 8"));
    CHECK_THAT(error_of(nested(R"({"a":)", "}", kDeep / 4)),
               Catch::Contains("line 2: expected at most 8"));
    CHECK_THAT(error_of(nested("[", "]", 7)), Catch::Contains("key 'vmpl'"));
    CHECK_THAT(error_of(nested("[", "]", 8)), Catch::Contains("at most 8 levels"));
}

TEST_CASE("a policy may do without a domain key where evidence says whose VM it is") {
    const auto parses = [](const std::string& beside) {
        return AppraisalPolicy::parse(R"({"domain_key_required": false)" + beside + "}", "test")
            .ok();
    };
    CHECK_FALSE(parses(""));
    CHECK_FALSE(parses(R"(, "measurements": [")" + std::string(96, 'a') + "\"]"));
    CHECK_FALSE(parses(R"(, "chip_ids": [])"));
    CHECK(parses(R"(, "chip_ids": [")" + std::string(128, 'a') + "\"]"));
    CHECK(parses(R"(, "host_data": [")" + std::string(64, 'a') + "\"]"));
    CHECK(parses(R"(, "id_key_digests": [")" + std::string(96, 'a') + "\"]"));
    CHECK(parses(R"(, "author_key_digests": [")" + std::string(96, 'a') + "\"]"));
}

TEST_CASE("a policy that lets agents vouch without a domain key names their users") {
    const std::string tenant =
        R"({"domain_key_required": false, "host_data": [")" + std::string(64, 'a') + "\"]";
    CHECK(AppraisalPolicy::parse(tenant + "}", "test").ok());
    CHECK_THAT(error_of(tenant + R"(, "allow_agent": true})"), Catch::Contains("'allow_agent'"));
    CHECK_THAT(error_of(tenant + R"(, "allow_agent": true, "agent_uids": []})"),
               Catch::Contains("'allow_agent'"));
    const auto policy = AppraisalPolicy::parse(
        tenant + R"(, "allow_agent": true, "agent_uids": [7, 0, 7]})", "test");
    REQUIRE(policy.ok());
    CHECK(policy->agent_uids == std::vector<uint32_t>{0, 7});
}

TEST_CASE("every key of a policy changes its digest") {
    const std::string keys[] = {
        R"("allow_emulated": true)",
        R"("products": ["Genoa"])",
        R"("vmpl": 3)",
        R"("allow_debug": true)",
        R"("allow_migration_agent": true)",
        R"("allow_smt": false)",
        R"("tcb_floor": {"Genoa": {"tee": 0}})",
        R"("measurements": [")" + std::string(96, '1') + "\"]",
        R"("id_key_digests": [")" + std::string(96, '1') + "\"]",
        R"("author_key_digests": [")" + std::string(96, '1') + "\"]",
        R"("host_data": [")" + std::string(64, '1') + "\"]",
        R"("chip_ids": [")" + std::string(128, '1') + "\"]",
        R"("channel_binding": true)",
        R"("allow_agent": true)",
        R"("allow_paravisor": true)",
        R"("agent_uids": [1000])",
        R"("evidence_types": ["tdx"])",
        R"("crl": "required")",
        R"("crl_max_age_days": 30)",
    };
    std::set<Digest> seen{AppraisalPolicy{}.digest()};
    for (const std::string& key : keys) {
        const auto policy = AppraisalPolicy::parse("{" + key + "}", "test");
        INFO(key);
        REQUIRE(policy.ok());
        CHECK(seen.insert(policy->digest()).second);
        const auto again = AppraisalPolicy::parse(policy->canonical(), "canonical");
        REQUIRE(again.ok());
        CHECK(again->digest() == policy->digest());
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
    claims.id_key_digest = Bytes(48, 4);
    claims.author_key_digest = Bytes(48, 5);
    claims.guest_policy = uint64_t{1} << 17;
    claims.reported_tcb = claims.launch_tcb = 0x7308000000000004;
    AppraisalPolicy policy;
    policy.measurements = {claims.measurement};
    policy.host_data = {claims.host_data};
    policy.chip_ids = {claims.chip_id};
    policy.products = {"Genoa", "Milan"};
    policy.id_key_digests = {claims.id_key_digest};
    policy.author_key_digests = {claims.author_key_digest};
    policy.allow_smt = false;
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
    other = claims;
    other.id_key_digest[0] ^= 1;
    refuses(other, "id_key_digests");
    other = claims;
    other.author_key_digest.clear();
    refuses(other, "author_key_digests");
    other = claims;
    other.guest_policy |= uint64_t{1} << 16;
    refuses(other, "allow_smt");
    other = claims;
    other.platform_info = 1;
    refuses(other, "allow_smt");
}

TEST_CASE("a policy tells what each key decides, and skips those that accept everything") {
    Claims claims;
    claims.product = "Milan";
    claims.measurement = Bytes(48, 1);
    claims.reported_tcb = 0x7308000000000004;
    AppraisalPolicy policy;
    policy.products = {"Milan"};
    policy.measurements = {Bytes(48, 2)};
    policy.tcb_floor["Milan"] = {{"boot_loader", 4}, {"snp", 9}};
    const std::vector<Check> checks = policy.examine(claims);
    const auto outcome = [&checks](std::string_view name) {
        for (const Check& check : checks) {
            if (check.name == name) {
                return to_string(check.outcome);
            }
        }
        return std::string_view("missing");
    };
    CHECK(checks.size() == 17);
    CHECK(outcome("products") == "passed");
    CHECK(outcome("vmpl") == "passed");
    CHECK(outcome("allow_debug") == "passed");
    CHECK(outcome("allow_smt") == "skipped");
    CHECK(outcome("chip_ids") == "skipped");
    CHECK(outcome("measurements") == "failed");
    CHECK(outcome("tcb_floor") == "failed");
    const Check* failure = first_failure(checks);
    REQUIRE(failure != nullptr);
    CHECK(failure->name == "tcb_floor.Milan.snp");
    CHECK(failure->detail == "expected at least 9, found 8 in the reported TCB");
    CHECK_THAT(policy.accept(claims).error().message(), Catch::Contains(failure->detail));
}
