#include "support.h"
#include "ucx_crypto/aead/calibration.h"
#include "ucx_crypto/aead/sized_cipher.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::aead {
namespace {

const Provider* none() {
    return nullptr;
}

const Provider* careless() {
    static const CarelessProvider provider;
    return &provider;
}

const Provider* openssl() {
    return &openssl_provider();
}

std::vector<std::string>& logged() {
    static std::vector<std::string> lines;
    return lines;
}

void keep(LogLevel, const char*, unsigned, const char* message) {
    logged().emplace_back(message);
}

bool mentions(const Error& error, std::string_view text) {
    return error.message().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("A provider that fails its self test is never used, and the log says so once") {
    set_log_sink(keep, LogLevel::kWarn);
    logged().clear();
    const std::array<Candidate, 2> known{{{Choice::kVaes, "careless", "nothing", careless},
                                          {Choice::kOpenssl, "openssl", "nothing", openssl}}};
    for (const Algorithm algorithm : {Algorithm::kAes256Gcm, Algorithm::kAes128Gcm}) {
        const auto selected = select(known, algorithm, Choice::kAuto);
        REQUIRE(selected.ok());
        CHECK(selected->small == &openssl_provider());
        CHECK(selected->large == &openssl_provider());
    }
    REQUIRE(logged().size() == 1);
    CHECK(logged()[0].find("Careless is not used") == 0);
    CHECK(logged()[0].find("altered ciphertext") != std::string::npos);

    const auto named = select(known, Algorithm::kAes256Gcm, Choice::kVaes);
    REQUIRE(!named.ok());
    CHECK(named.error().code() == ErrorCode::kUnsupported);
    CHECK(mentions(named.error(), "altered ciphertext"));

    const auto nothing = select(std::span(known).first(1), Algorithm::kAes256Gcm, Choice::kAuto);
    REQUIRE(!nothing.ok());
    CHECK(nothing.error().code() == ErrorCode::kInternal);
    CHECK(logged().size() == 1);
}

TEST_CASE("Naming a provider that is not here is an error that says what it takes") {
    const std::array<Candidate, 2> known{{{Choice::kIpsecMb, "ipsec-mb", "a rare library", none},
                                          {Choice::kOpenssl, "openssl", "nothing", openssl}}};
    const auto selected = select(known, Algorithm::kAes256Gcm, Choice::kIpsecMb);
    REQUIRE(!selected.ok());
    CHECK(mentions(selected.error(), "expected to use ipsec-mb"));
    CHECK(mentions(selected.error(), "a rare library"));
    CHECK(mentions(selected.error(), "auto"));
    CHECK(select(known, Algorithm::kAes256Gcm, Choice::kAuto).ok());
}

TEST_CASE("A provider named is the one used for every size, and lacks no algorithm silently") {
    for (const Candidate& candidate : candidates()) {
        INFO(candidate.name);
        CHECK(parse_choice(candidate.name).value() == candidate.choice);
        for (const Algorithm algorithm : {Algorithm::kAes128Gcm, Algorithm::kAes256Gcm}) {
            const Provider* provider = candidate.find();
            const auto selected = selection(algorithm, candidate.choice);
            REQUIRE(selected.ok() == (provider != nullptr && provider->supports(algorithm)));
            if (selected.ok()) {
                CHECK(selected->small == provider);
                CHECK(selected->large == provider);
                CHECK(provider->name() == candidate.name);
            }
        }
    }
    CHECK(parse_choice("AUTO").value() == Choice::kAuto);
    const auto wrong = parse_choice("aesni");
    REQUIRE(!wrong.ok());
    CHECK(mentions(wrong.error(), "auto, vaes, ipsec-mb, openssl, gcrypt, sodium"));
}

TEST_CASE("The choice is made once per process") {
    const auto first = selection(Algorithm::kAes256Gcm);
    const auto second = selection(Algorithm::kAes256Gcm);
    REQUIRE(first.ok());
    CHECK(second->small == first->small);
    CHECK(second->large == first->large);
    CHECK(second->first_large == first->first_large);
    CHECK(tested(*first->small).ok());
    CHECK(tested(*first->large).ok());
}

TEST_CASE("Less than a tenth is no difference: the preferred provider is taken") {
    const std::vector<Timings> alike{{105, 105, 1050, 4100}, {100, 100, 1000, 4000}};
    const Decision decision = decide(alike);
    CHECK(decision.small == 0);
    CHECK(decision.large == 0);
    CHECK(decision.first_large == 0);
    CHECK(decide(std::vector<Timings>{{1, 1, 1, 1}}).large == 0);
    CHECK(decide(std::vector<Timings>{{200, 300, 1050, 4500}, {100, 100, 1000, 4000}}).small == 1);
}

TEST_CASE("The provider for large records takes over where it becomes the quicker one") {
    const std::vector<Timings> crossing{
        {500, 600, 2000, 8000}, {60, 200, 2500, 12000}, {500, 150, 3000, 16000}};
    const Decision decision = decide(crossing);
    CHECK(decision.small == 1);
    CHECK(decision.large == 0);
    CHECK(decision.first_large == 4096);
    const Decision early =
        decide(std::vector<Timings>{{60, 900, 2500, 12000}, {90, 600, 2000, 8000}});
    CHECK(early.small == 0);
    CHECK(early.large == 1);
    CHECK(early.first_large == 512);
    const Decision late =
        decide(std::vector<Timings>{{60, 300, 2500, 12000}, {90, 600, 4000, 8000}});
    CHECK(late.first_large == 16384);
}

TEST_CASE("A calibration without time to compare says nothing, and the preferred is taken") {
    const std::vector<const Provider*> providers{&openssl_provider()};
    using std::chrono::nanoseconds;
    CHECK(measure(providers, Algorithm::kAes256Gcm, nanoseconds(0))->empty());
    const auto timings = measure(providers, Algorithm::kAes256Gcm, std::chrono::seconds(1));
    REQUIRE(timings->size() == 1);
    CHECK((*timings)[0][0] > 0);
    CHECK((*timings)[0][0] < (*timings)[0].back());
}

TEST_CASE("A small record goes to the provider for small ones, a large one to the other") {
    const auto providers = available_providers();
    const Selection mixed{Algorithm::kAes256Gcm, providers.front(), providers.back(), 512};
    const auto key = SecretBytes::random(32);
    auto sealing = SizedCipher::for_sealing(mixed, key).value();
    CHECK(&sealing.for_size(0) == &sealing.for_size(511));
    CHECK(&sealing.for_size(512) == &sealing.for_size(1 << 20));
    CHECK((&sealing.for_size(511) != &sealing.for_size(512)) ==
          (providers.front() != providers.back()));
    // One cipher, one expanded key, where one provider serves all sizes.
    auto single = SizedCipher::for_opening(
                      {Algorithm::kAes256Gcm, &openssl_provider(), &openssl_provider()}, key)
                      .value();
    CHECK(&single.for_size(0) == &single.for_size(1 << 20));
}

}  // namespace ucx_crypto::aead
