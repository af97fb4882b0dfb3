#include "ucx_crypto/attest/snp/choose_source.h"

#include <catch2/catch.hpp>

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

class NamedSource final : public ReportSource {
  public:
    explicit NamedSource(uint8_t name) : name_(name) {}
    Result<SignedReport> get(const ReportData&) override { return SignedReport{{name_}, {}}; }

  private:
    uint8_t name_;
};

Candidate there(const char* name) {
    return {name, [name] {
                return std::unique_ptr<ReportSource>(
                    std::make_unique<NamedSource>(static_cast<uint8_t>(name[0])));
            }};
}

Candidate failing(const char* name, ErrorCode code) {
    return {name, [=]() -> Result<std::unique_ptr<ReportSource>> {
                return Error(code, std::string(name) + " fails; do something");
            }};
}

constexpr auto kNone = ErrorCode::kNotFound;
constexpr auto kForbidden = ErrorCode::kPermission;
constexpr auto kOther = ErrorCode::kUnsupported;

}  // namespace

TEST_CASE("configfs-tsm is chosen before the guest device, and a vTPM last") {
    const auto& candidates = candidates_of_this_machine();
    REQUIRE(candidates.size() == 3);
    CHECK(candidates[0].name == "configfs-tsm");
    CHECK(candidates[1].name == "/dev/sev-guest");
    CHECK(candidates[2].name == "vTPM");
    CHECK(guest_devices().size() == 2);
}

TEST_CASE("the first source that opens is chosen, and the reason says why none before it") {
    const auto first = choose_source({there("a"), there("b")});
    REQUIRE(first.ok());
    CHECK(first->description == "a");
    CHECK(first->source->get({})->report == Bytes{'a'});

    for (const ErrorCode code : {kNone, kForbidden, kOther}) {
        const auto second = choose_source({failing("a", code), there("b"), there("c")});
        REQUIRE(second.ok());
        CHECK(second->source->get({})->report == Bytes{'b'});
        CHECK(second->description == "b, since a fails");
    }
    const auto third = choose_source({failing("a", kNone), failing("b", kNone), there("c")});
    REQUIRE(third.ok());
    CHECK(third->description == "c, since a fails, and since b fails");
}

TEST_CASE("a source that is there but forbidden is what the error is about") {
    const auto [first, second, code, says] =
        GENERATE(table<ErrorCode, ErrorCode, ErrorCode, std::string>({
            {kNone, kForbidden, kForbidden, "b fails; do something"},
            {kForbidden, kNone, kForbidden, "a fails; do something"},
            {kForbidden, kForbidden, kForbidden, "b fails; do something"},
            {kForbidden, kOther, kForbidden, "a fails; do something"},
            {kOther, kForbidden, kForbidden, "b fails; do something"},
            {kOther, kOther, kOther, "a fails; do something"},
            {kOther, kNone, kOther, "a fails; do something"},
            {kNone, kNone, kNone, "UCX_CRYPTO_ATTESTATION=off"},
        }));
    const auto chosen = choose_source({failing("a", first), failing("b", second)});
    REQUIRE_FALSE(chosen.ok());
    CHECK(chosen.error().code() == code);
    CHECK(chosen.error().message().find(says) != std::string::npos);
}
