#include <array>
#include <catch2/catch.hpp>
#include <set>

#include "ucx_crypto/attest/attestation.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;

namespace {

const std::array<uint8_t, 4> kExporter{1, 2, 3, 4};
const std::array<uint8_t, 4> kOtherExporter{1, 2, 3, 5};

Binding channel_binding() {
    Binding binding;
    binding.purpose = Binding::Purpose::kChannel;
    binding.spki_hash.fill(1);
    binding.domain_id.fill(2);
    binding.exporter = kExporter;
    binding.client = true;
    binding.peer_spki_hash.fill(3);
    return binding;
}

}  // namespace

TEST_CASE("report data depends on every field of its binding and on the mode") {
    std::set<ReportData> seen;
    const auto differs = [&seen](Mode mode, const Binding& binding) {
        return seen.insert(report_data(mode, binding)).second;
    };
    CHECK(differs(Mode::kSnp, channel_binding()));
    CHECK_FALSE(differs(Mode::kSnp, channel_binding()));
    CHECK(differs(Mode::kEmulated, channel_binding()));
    CHECK(differs(Mode::kOff, channel_binding()));

    for (size_t field = 0; field < 7; ++field) {
        Binding binding = channel_binding();
        switch (field) {
            case 0:
                binding.purpose = Binding::Purpose::kIdentity;
                break;
            case 1:
                binding.spki_hash[31] ^= 1;
                break;
            case 2:
                binding.domain_id[0] ^= 1;
                break;
            case 3:
                binding.exporter = kOtherExporter;
                break;
            case 4:
                binding.exporter = ByteView(kExporter).first(3);
                break;
            case 5:
                binding.client = false;
                break;
            case 6:
                binding.peer_spki_hash[7] ^= 1;
                break;
        }
        INFO("field " << field);
        CHECK(differs(Mode::kSnp, binding));
    }
}

TEST_CASE("report data of an identity does not depend on what only a channel has") {
    Binding identity = channel_binding();
    identity.purpose = Binding::Purpose::kIdentity;
    Binding bare = identity;
    bare.exporter = {};
    bare.client = false;
    bare.peer_spki_hash = {};
    CHECK(report_data(Mode::kSnp, identity) == report_data(Mode::kSnp, bare));
}

TEST_CASE("modes are named as the setting names them") {
    for (const Mode mode : {Mode::kAuto, Mode::kOff, Mode::kSnp, Mode::kEmulated}) {
        const auto parsed = parse_mode(to_string(mode));
        REQUIRE(parsed.ok());
        CHECK(*parsed == mode);
    }
    for (const char* name : {"", "SNP", "on", "unknown", "off "}) {
        CHECK(parse_mode(name).error().code() == ErrorCode::kInvalidArgument);
    }
}
