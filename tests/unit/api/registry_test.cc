// The C interface as a program sees it, and what the transport makes of it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <set>

#include "tests/unit/attest/temporary_folder.h"
#include "ucx_crypto/api/convert.h"
#include "ucx_crypto/api/registrations.h"
#include "ucx_crypto/ucx_crypto.h"

using namespace ucx_crypto;

namespace {

/// "Evidence" = the word that `context` points to and the REPORT_DATA.
ucx_crypto_status_t attest_text(void* context, const uint8_t* report_data,
                                ucx_crypto_evidence_buffer_t* evidence, char* reason,
                                size_t reason_size) {
    const std::string word = static_cast<const char*>(context);
    if (word.empty()) {
        std::snprintf(reason, reason_size, "no word");
        return UCX_CRYPTO_ERR_NOT_FOUND;
    }
    if (word == "large") {
        evidence->report_size = evidence->report_capacity + 1;
        return UCX_CRYPTO_OK;
    }
    std::memcpy(evidence->report, report_data, UCX_CRYPTO_REPORT_DATA_SIZE);
    std::memcpy(evidence->report + UCX_CRYPTO_REPORT_DATA_SIZE, word.data(), word.size());
    evidence->report_size = UCX_CRYPTO_REPORT_DATA_SIZE + word.size();
    evidence->endorsements[0] = 9;
    evidence->endorsements_size = 1;
    return UCX_CRYPTO_OK;
}

/// Accepts the word that `context` points to; "forgetful" does not say what the evidence carries.
ucx_crypto_status_t verify_text(void* context, const ucx_crypto_evidence_t* evidence, int64_t,
                                uint8_t* report_data, ucx_crypto_claims_t* claims, char* reason,
                                size_t reason_size) {
    const std::string word = static_cast<const char*>(context);
    if (word == "throws") {
        throw std::runtime_error("thrown");
    }
    if (evidence->report_size < UCX_CRYPTO_REPORT_DATA_SIZE || evidence->endorsements_size != 1) {
        return UCX_CRYPTO_ERR_PROTOCOL;
    }
    if (word == "refuses") {
        std::snprintf(reason, reason_size, "because");
        return UCX_CRYPTO_ERR_AUTHENTICATION;
    }
    if (word != "forgetful") {
        std::memcpy(report_data, evidence->report, UCX_CRYPTO_REPORT_DATA_SIZE);
    }
    std::snprintf(claims->product, sizeof claims->product, "text");
    claims->measurement.size = word == "oversized" ? UCX_CRYPTO_MAX_VALUE + 1 : 48;
    claims->flags = word == "debug" ? UCX_CRYPTO_CLAIM_DEBUG : 0;
    std::memset(claims->measurement.data, 0x5a, 48);
    return UCX_CRYPTO_OK;
}

ucx_crypto_status_t add_attester(const char* type, const char* word) {
    const ucx_crypto_attester_t attester{sizeof attester, attest_text};
    return ucx_crypto_register_attester(type, &attester, const_cast<char*>(word));
}

ucx_crypto_status_t add_verifier(const char* type, const char* word) {
    const ucx_crypto_verifier_t verifier{sizeof verifier, verify_text};
    return ucx_crypto_register_verifier(type, &verifier, const_cast<char*>(word));
}

/// What the transport would use. The registry of a process is taken once: one call per case.
Result<std::unique_ptr<attest::Attestation>> taken_with(const std::string& policy) {
    attest::Settings settings;
    settings.mode = attest::Mode::kRegistered;
    REQUIRE(api::fill_in(settings).ok());
    settings.policy_text = policy;
    return attest::Attestation::create(settings);
}

constexpr char kOpenPolicy[] = R"({"evidence_types": ["text"]})";

attest::Settings with_domain_key(const TemporaryFolder& folder, const std::string& policy) {
    attest::Settings settings;
    settings.mode = attest::Mode::kRegistered;
    settings.domain_key_path = folder.write("domain.key", std::string(32, 'k'), 0600);
    REQUIRE(api::fill_in(settings).ok());
    settings.policy_text = policy;
    return settings;
}

std::string appraisal(attest::Attestation& attestation, const attest::Evidence& evidence,
                      const attest::Binding& binding) {
    const auto claims = attestation.appraise(attest::Mode::kRegistered, evidence, binding,
                                             std::chrono::system_clock::now());
    return claims.ok() ? "" : claims.error().message();
}

}  // namespace

TEST_CASE("names and callbacks of a registration are checked") {
    const std::string longest(UCX_CRYPTO_MAX_TYPE, 'a');
    const std::string longer = longest + "a";
    for (const char* wrong : {"", "Text", "te xt", "snp", "off", "auto", "emulated", "registered",
                              "a/b", longer.c_str()}) {
        CHECK(add_verifier(wrong, "") == UCX_CRYPTO_ERR_INVALID_ARGUMENT);
        CHECK_THAT(ucx_crypto_last_error(), Catch::Contains("evidence type"));
        CHECK(add_attester(wrong, "") == UCX_CRYPTO_ERR_INVALID_ARGUMENT);
    }
    CHECK(ucx_crypto_register_verifier(nullptr, nullptr, nullptr) < 0);
    CHECK(ucx_crypto_register_verifier("text", nullptr, nullptr) < 0);
    const ucx_crypto_verifier_t none{sizeof none, nullptr};
    CHECK(ucx_crypto_register_verifier("text", &none, nullptr) == UCX_CRYPTO_ERR_INVALID_ARGUMENT);
    const ucx_crypto_verifier_t shorter{sizeof shorter - 1, verify_text};
    CHECK(ucx_crypto_register_verifier("text", &shorter, nullptr) ==
          UCX_CRYPTO_ERR_INVALID_ARGUMENT);
    CHECK(add_verifier(longest.c_str(), "") == UCX_CRYPTO_OK);
}

TEST_CASE("a structure of a later version is taken as long as it asks for nothing new") {
    struct {
        ucx_crypto_attester_t attester;
        void* later;
    } newer{{sizeof newer, attest_text}, nullptr};
    newer.later = &newer;
    CHECK(ucx_crypto_register_attester("text", &newer.attester, nullptr) ==
          UCX_CRYPTO_ERR_UNSUPPORTED);
    newer.later = nullptr;
    CHECK(ucx_crypto_register_attester("text", &newer.attester, nullptr) == UCX_CRYPTO_OK);
}

TEST_CASE("one attester, one verifier per type, and none once the transport has taken them") {
    REQUIRE(add_attester("text", "word") == UCX_CRYPTO_OK);
    CHECK(add_attester("other", "word") == UCX_CRYPTO_ERR_EXHAUSTED);
    REQUIRE(add_verifier("text", "word") == UCX_CRYPTO_OK);
    CHECK(add_verifier("text", "word") == UCX_CRYPTO_ERR_EXHAUSTED);
    for (int i = 1; i < 16; ++i) {
        CHECK(add_verifier(("type" + std::to_string(i)).c_str(), "word") == UCX_CRYPTO_OK);
    }
    CHECK(add_verifier("one-more", "word") == UCX_CRYPTO_ERR_EXHAUSTED);
    CHECK(taken_with(kOpenPolicy).error().message().find("UCX_CRYPTO_DOMAIN_KEY") !=
          std::string::npos);
    CHECK(add_attester("text", "word") == UCX_CRYPTO_ERR_TOO_LATE);
    CHECK(add_verifier("later", "word") == UCX_CRYPTO_ERR_TOO_LATE);
    CHECK_THAT(ucx_crypto_last_error(), Catch::Contains("before MPI_Init"));
}

TEST_CASE("registered evidence is accepted for its own type, binding and policy only") {
    const TemporaryFolder folder;
    REQUIRE(add_attester("text", "word") == UCX_CRYPTO_OK);
    REQUIRE(add_verifier("text", "word") == UCX_CRYPTO_OK);
    REQUIRE(add_verifier("unnamed", "word") == UCX_CRYPTO_OK);
    const auto created = attest::Attestation::create(with_domain_key(folder, kOpenPolicy));
    REQUIRE(created.ok());
    attest::Attestation& own = **created;
    attest::Binding binding;
    binding.domain_id = own.domain_id();
    binding.spki_hash.fill(3);
    const auto evidence = own.attest(binding);
    REQUIRE(evidence.ok());
    CHECK(appraisal(own, *evidence, binding).empty());
    const auto claims = own.appraise(attest::Mode::kRegistered, *evidence, binding,
                                     std::chrono::system_clock::now());
    REQUIRE(claims.ok());
    CHECK(claims->evidence_type == "text");
    CHECK(claims->product == "text");
    CHECK(claims->measurement == Bytes(48, 0x5a));

    attest::Binding other = binding;
    other.spki_hash[0] ^= 1;
    CHECK_THAT(appraisal(own, *evidence, other), Catch::Contains("expected REPORT_DATA"));
    other = binding;
    other.purpose = attest::Binding::Purpose::kChannel;
    CHECK_THAT(appraisal(own, *evidence, other), Catch::Contains("expected REPORT_DATA"));
    other.purpose = attest::Binding::Purpose::kAgent;
    CHECK_FALSE(appraisal(own, *evidence, other).empty());

    // A peer's name for its evidence selects among what this side has named itself, and no more.
    const auto named = [&](const std::string& type) {
        attest::Evidence changed = *evidence;
        changed.report.erase(changed.report.begin(), changed.report.begin() + 5);
        changed.report.insert(changed.report.begin(), type.begin(), type.end());
        changed.report.insert(changed.report.begin(), static_cast<uint8_t>(type.size()));
        return appraisal(own, changed, binding);
    };
    CHECK(named("text").empty());
    CHECK_THAT(named("unnamed"), Catch::Contains("'evidence_types': expected text, found unnamed"));
    CHECK_THAT(named("snp"), Catch::Contains("the name of its type"));
    CHECK_THAT(named(""), Catch::Contains("the name of its type"));
    for (size_t size : {size_t{0}, size_t{1}, size_t{4}}) {
        attest::Evidence cut = *evidence;
        cut.report.resize(size);
        CHECK_THAT(appraisal(own, cut, binding), Catch::Contains("the name of its type"));
    }
    for (const auto mode : {attest::Mode::kSnp, attest::Mode::kEmulated, attest::Mode::kOff}) {
        CHECK_FALSE(own.appraise(mode, *evidence, binding, std::chrono::system_clock::now()).ok());
    }
}

TEST_CASE("a verifier that forgets REPORT_DATA, misbehaves or refuses accepts nobody") {
    struct Case {
        const char* word;
        const char* says;
    };
    static Case given;
    given = GENERATE(Case{"word", ""}, Case{"forgetful", "expected REPORT_DATA"},
                     Case{"oversized", "values of at most 64 bytes"}, Case{"refuses", "because"},
                     Case{"throws", "thrown"}, Case{"debug", "policy key 'allow_debug'"});
    const api::Registry registry{
        api::kBridgeVersion, [](const api::RegistryVisitor* visitor) {
            const ucx_crypto_attester_t attester{sizeof attester, attest_text};
            const ucx_crypto_verifier_t verifier{sizeof verifier, verify_text};
            visitor->attester(visitor->argument, "text", &attester, const_cast<char*>("word"));
            visitor->verifier(visitor->argument, "text", &verifier, const_cast<char*>(given.word));
        }};
    const TemporaryFolder folder;
    attest::Settings settings;
    settings.mode = attest::Mode::kRegistered;
    settings.domain_key_path = folder.write("domain.key", std::string(32, 'k'), 0600);
    settings.policy_text = kOpenPolicy;
    auto taken = api::take_from(&registry);
    REQUIRE(taken.ok());
    settings.registrations = taken->registrations;
    const auto created = attest::Attestation::create(settings);
    REQUIRE(created.ok());
    attest::Binding binding;
    binding.domain_id = (*created)->domain_id();
    const auto evidence = (*created)->attest(binding);
    REQUIRE(evidence.ok());
    const std::string refusal = appraisal(**created, *evidence, binding);
    CHECK(refusal.empty() == (std::string(given.says).empty()));
    CHECK_THAT(refusal, Catch::Contains(given.says));
}

TEST_CASE("an attester that fails or writes beyond its buffer gives no evidence") {
    static const char* word;
    word = GENERATE("", "large");
    const api::Registry registry{
        api::kBridgeVersion, [](const api::RegistryVisitor* visitor) {
            const ucx_crypto_attester_t attester{sizeof attester, attest_text};
            visitor->attester(visitor->argument, "text", &attester, const_cast<char*>(word));
        }};
    const auto taken = api::take_from(&registry);
    REQUIRE(taken.ok());
    const auto evidence = taken->registrations->attester->attest({});
    REQUIRE_FALSE(evidence.ok());
    CHECK_THAT(evidence.error().message(), Catch::Contains(*word == 0 ? "no word" : "sizes"));
    const api::Registry other{api::kBridgeVersion + 1, registry.take};
    CHECK(api::take_from(&other).error().code() == ErrorCode::kUnsupported);
}

TEST_CASE("a policy of the program is read once, and yields to environment and site") {
    const TemporaryFolder folder;
    const std::string path = folder.write("policy.json", kOpenPolicy, 0644);
    ucx_crypto_policy_t* policy = nullptr;
    CHECK(ucx_crypto_policy_load(nullptr, &policy) == UCX_CRYPTO_ERR_INVALID_ARGUMENT);
    CHECK(ucx_crypto_policy_load(folder.path("none").c_str(), &policy) == UCX_CRYPTO_ERR_NOT_FOUND);
    CHECK(policy == nullptr);
    const std::string wrong = folder.write("wrong.json", "{\n\"vmpl\": 9}", 0644);
    CHECK(ucx_crypto_policy_load(wrong.c_str(), &policy) == UCX_CRYPTO_ERR_INVALID_ARGUMENT);
    CHECK_THAT(ucx_crypto_last_error(), Catch::Contains("line 2, key 'vmpl'"));
    REQUIRE(chmod(wrong.c_str(), 0666) == 0);
    CHECK(ucx_crypto_policy_load(wrong.c_str(), &policy) == UCX_CRYPTO_ERR_PERMISSION);

    REQUIRE(ucx_crypto_policy_load(path.c_str(), &policy) == UCX_CRYPTO_OK);
    attest::Digest digest{};
    REQUIRE(ucx_crypto_policy_digest(policy, digest.data()) == UCX_CRYPTO_OK);
    CHECK(digest == attest::AppraisalPolicy::parse(kOpenPolicy, "")->digest());
    setenv("UCX_CRYPTO_POLICY", "/another", 1);
    CHECK(ucx_crypto_policy_use(policy) == UCX_CRYPTO_ERR_REFUSED);
    setenv("UCX_CRYPTO_POLICY", path.c_str(), 1);
    CHECK(ucx_crypto_policy_use(policy) == UCX_CRYPTO_OK);
    unsetenv("UCX_CRYPTO_POLICY");
    CHECK(ucx_crypto_policy_use(policy) == UCX_CRYPTO_OK);
    REQUIRE(std::remove(path.c_str()) == 0);

    attest::Settings settings;
    settings.policy_path = "/another";
    CHECK(api::fill_in(settings).error().code() == ErrorCode::kRefused);
    settings.policy_path.clear();
    REQUIRE(api::fill_in(settings).ok());
    CHECK(settings.policy_path == path);
    CHECK(settings.policy_text == kOpenPolicy);
    CHECK(ucx_crypto_policy_use(policy) == UCX_CRYPTO_ERR_TOO_LATE);
    ucx_crypto_policy_free(policy);
    ucx_crypto_policy_free(nullptr);
}

TEST_CASE("without the transport there are no connections, and the process says so") {
    ucx_crypto_connections_t* connections = nullptr;
    CHECK(ucx_crypto_connections_snapshot(1, &connections) == UCX_CRYPTO_ERR_NOT_FOUND);
    CHECK(connections == nullptr);
    CHECK(ucx_crypto_connections_count(nullptr) == 0);
    CHECK(ucx_crypto_connections_get(nullptr, 0) == nullptr);
    ucx_crypto_connections_free(nullptr);
    ucx_crypto_process_t process{};
    CHECK(ucx_crypto_process_query(&process) == UCX_CRYPTO_ERR_INVALID_ARGUMENT);
    process.struct_size = sizeof process;
    process.enforced = 1;
    REQUIRE(ucx_crypto_process_query(&process) == UCX_CRYPTO_OK);
    CHECK(process.transport_loaded == 0);
    CHECK(process.enforced == 0);
    CHECK(process.has_identity == 0);
}

TEST_CASE("every code has a name of its own, and errors keep theirs on the way through C") {
    std::set<std::string> names;
    for (ucx_crypto_status_t status = UCX_CRYPTO_OK; status >= UCX_CRYPTO_ERR_TOO_LATE; --status) {
        CHECK(names.insert(ucx_crypto_status_string(status)).second);
    }
    CHECK(names.count("unknown") == 0);
    for (const ucx_crypto_status_t status : {1, UCX_CRYPTO_ERR_TOO_LATE - 1, INT32_MIN}) {
        CHECK(ucx_crypto_status_string(status) == std::string("unknown"));
        CHECK(api::to_error_code(status) == ErrorCode::kInternal);
    }
    CHECK(api::to_error_code(UCX_CRYPTO_OK) == ErrorCode::kInternal);
    for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
        const auto each = static_cast<ErrorCode>(code);
        if (each == ErrorCode::kRefusedByPeer) {
            CHECK(api::to_status(each) == UCX_CRYPTO_ERR_CLOSED);
            continue;
        }
        CHECK(api::to_error_code(api::to_status(each)) == each);
        CHECK(ucx_crypto_status_string(api::to_status(each)) == std::string(to_string(each)));
    }
}

TEST_CASE("claims say when a paravisor vouches for their data, a registered verifier's too") {
    attest::Claims claims;
    CHECK((api::to_c(claims).flags & UCX_CRYPTO_CLAIM_PARAVISOR) == 0);
    claims.paravisor = true;
    const ucx_crypto_claims_t told = api::to_c(claims);
    CHECK(told.flags == UCX_CRYPTO_CLAIM_PARAVISOR);
    const auto verifiers = api::from_c(told);
    REQUIRE(verifiers.ok());
    CHECK(verifiers->paravisor);
}

TEST_CASE("claims name the user for whom an agent vouched, and only the library says so") {
    attest::Claims claims;
    CHECK((api::to_c(claims).flags & UCX_CRYPTO_CLAIM_AGENT) == 0);
    claims.agent_uid = 1000;
    const ucx_crypto_claims_t told = api::to_c(claims);
    CHECK(told.flags == UCX_CRYPTO_CLAIM_AGENT);
    CHECK(told.agent_uid == 1000);
    const auto verifiers = api::from_c(told);
    REQUIRE_FALSE(verifiers.ok());
    CHECK(verifiers.error().code() == ErrorCode::kInvalidArgument);
}
