#include "ucx_crypto/attest/appraisal_policy.h"

#include <catch2/catch.hpp>

namespace ucx_crypto::attest {

TEST_CASE("The built-in policy accepts no emulated, debuggable or migratable guest") {
    const AppraisalPolicy policy = AppraisalPolicy::load("").value();
    CHECK(policy.accept(Claims{}).ok());
    Claims claims;
    SECTION("emulated") {
        claims.emulated = true;
    }
    SECTION("debug") {
        claims.guest_policy = uint64_t{1} << 19;
    }
    SECTION("migration agent") {
        claims.guest_policy = uint64_t{1} << 18;
    }
    SECTION("lower privilege") {
        claims.vmpl = 1;
    }
    CHECK(policy.accept(claims).error().code() == ErrorCode::kRefused);
}

TEST_CASE("A policy that pins a measurement accepts that one only") {
    const std::string hex(96, 'a');
    const auto policy = AppraisalPolicy::parse(R"({"measurements": [")" + hex + R"("]})").value();
    CHECK(policy.needs_evidence());
    Claims claims;
    CHECK(!policy.accept(claims).ok());
    claims.measurement = Bytes(48, 0xaa);
    CHECK(policy.accept(claims).ok());
    claims.measurement[47] ^= 1;
    CHECK(!policy.accept(claims).ok());
}

TEST_CASE("A policy that is not exactly what is documented is refused, naming the key") {
    const auto [text, named] = GENERATE(table<const char*, const char*>({
        {R"({"allow_emulatd": true})", "allow_emulatd"},
        {R"({"allow_emulated": 1})", "allow_emulated"},
        {R"({"allow_emulated": true, "allow_emulated": false})", "twice"},
        {R"({"max_vmpl": 4})", "max_vmpl"},
        {R"({"max_vmpl": -1})", "max_vmpl"},
        {R"({"measurements": ["aa"]})", "measurements"},
        {R"({"measurements": "aa"})", "measurements"},
        {R"({"products": [1]})", "products"},
        {R"([])", "object"},
        {R"({)", "policy"},
        {"", "policy"},
    }));
    const auto policy = AppraisalPolicy::parse(text);
    REQUIRE(!policy.ok());
    CHECK(policy.error().message().find(named) != std::string::npos);
}

TEST_CASE("The digest depends on what a policy says, not on how it is written") {
    const auto one = AppraisalPolicy::parse(R"({"max_vmpl":1,"allow_debug":true})").value();
    const auto two = AppraisalPolicy::parse("{ \"allow_debug\": true,\n \"max_vmpl\": 1 }").value();
    CHECK(one.digest() == two.digest());
    CHECK(one.digest() != AppraisalPolicy{}.digest());
}

}  // namespace ucx_crypto::attest
