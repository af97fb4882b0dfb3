#include "tests/unit/attest/temporary_folder.h"
#include "ucx_crypto/attest/attestation.h"
#include "ucx_crypto/attest/emulated_root.h"
#include "ucx_crypto/attest/snp/verifier.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;

namespace {

Settings settings_of(const emulated::InitResult& root) {
    Settings settings;
    settings.mode = Mode::kEmulated;
    settings.policy_path = root.policy;
    settings.domain_key_path = root.domain_key;
    settings.emulated_dir = root.directory;
    return settings;
}

emulated::InitResult make_root(const TemporaryFolder& folder, const char* name) {
    auto root = emulated::create_root(folder.path(name));
    INFO((root.ok() ? "" : root.error().message()));
    REQUIRE(root.ok());
    return std::move(root).value();
}

Binding channel_binding(const Attestation& attestation, ByteView exporter) {
    Binding binding;
    binding.purpose = Binding::Purpose::kChannel;
    binding.spki_hash.fill(1);
    binding.domain_id = attestation.domain_id();
    binding.exporter = exporter;
    binding.client = true;
    binding.peer_spki_hash.fill(3);
    return binding;
}

}  // namespace

TEST_CASE("emulated evidence is accepted by its own root and bound to every field") {
    const TemporaryFolder folder;
    const auto root = make_root(folder, "root");
    const auto now = std::chrono::system_clock::now();
    const auto created = Attestation::create(settings_of(root));
    INFO((created.ok() ? "" : created.error().message()));
    REQUIRE(created.ok());
    Attestation& attestation = **created;
    const Bytes exporter(32, 9);
    const Bytes other_exporter(32, 8);
    const Binding binding = channel_binding(attestation, exporter);
    auto evidence = attestation.attest(binding);
    REQUIRE(evidence.ok());
    CHECK(evidence->endorsements.size() <= kMaxEndorsementsSize);

    const auto claims = attestation.appraise(Mode::kEmulated, *evidence, binding, now);
    INFO((claims.ok() ? "" : claims.error().message()));
    REQUIRE(claims.ok());
    CHECK(claims->emulated);
    CHECK(claims->mode == Mode::kEmulated);

    const auto code = [&](const Evidence& shown, const Binding& wanted) {
        const auto verdict = attestation.appraise(Mode::kEmulated, shown, wanted, now);
        REQUIRE_FALSE(verdict.ok());
        return verdict.error().code();
    };
    for (int field = 0; field < 6; ++field) {
        Binding other = binding;
        switch (field) {
            case 0:
                other.purpose = Binding::Purpose::kIdentity;
                break;
            case 1:
                other.spki_hash[0] ^= 1;
                break;
            case 2:
                other.domain_id[0] ^= 1;
                break;
            case 3:
                other.exporter = other_exporter;
                break;
            case 4:
                other.client = false;
                break;
            case 5:
                other.peer_spki_hash[31] ^= 1;
                break;
        }
        INFO("field " << field);
        CHECK(code(*evidence, other) == ErrorCode::kAuthentication);
    }
    for (const Mode mode : {Mode::kOff, Mode::kSnp, Mode::kAuto}) {
        CHECK(attestation.appraise(mode, *evidence, binding, now).error().code() ==
              ErrorCode::kRefused);
    }
    for (size_t i = 0; i < evidence->report.size(); i += 3) {
        Evidence altered = *evidence;
        altered.report[i] ^= static_cast<uint8_t>(1 << i % 8);
        INFO("byte " << i);
        CHECK(code(altered, binding) == ErrorCode::kAuthentication);
    }
    for (size_t size = 0; size < evidence->endorsements.size(); size += 97) {
        Evidence cut = *evidence;
        cut.endorsements.resize(size);
        CHECK(code(cut, binding) == ErrorCode::kAuthentication);
    }
    Evidence longer = *evidence;
    longer.endorsements.push_back(0);
    CHECK(code(longer, binding) == ErrorCode::kAuthentication);
    CHECK(code({}, binding) == ErrorCode::kAuthentication);

    SECTION("AMD's roots do not know it, nor does another emulated root") {
        const snp::Verifier amd(snp::amd_roots());
        CHECK(amd.verify(*evidence, now).error().code() == ErrorCode::kAuthentication);
        Settings other = settings_of(make_root(folder, "other"));
        other.domain_key_path = root.domain_key;
        const auto second = Attestation::create(other);
        REQUIRE(second.ok());
        CHECK((*second)->appraise(Mode::kEmulated, *evidence, binding, now).error().code() ==
              ErrorCode::kAuthentication);
    }
}

TEST_CASE("an emulated root is private, and never overwritten") {
    const TemporaryFolder folder;
    const auto root = make_root(folder, "root");
    struct stat status {};
    REQUIRE(stat(root.directory.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(root.directory)) {
        REQUIRE(stat(entry.path().c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
        ++files;
    }
    CHECK(files == 4);
    CHECK_FALSE(emulated::create_root(root.directory).ok());

    Settings settings = settings_of(root);
    settings.policy_path.clear();
    CHECK(Attestation::create(settings).error().code() == ErrorCode::kRefused);
    settings = settings_of(root);
    settings.domain_key_path.clear();
    CHECK(Attestation::create(settings).error().code() == ErrorCode::kInvalidArgument);
    settings = settings_of(root);
    settings.emulated_module = folder.path("no-module.so");
    CHECK(Attestation::create(settings).error().code() == ErrorCode::kNotFound);
    settings = settings_of(root);
    REQUIRE(chmod((root.directory + "/vcek.key").c_str(), 0640) == 0);
    CHECK(Attestation::create(settings).error().code() == ErrorCode::kPermission);
}
