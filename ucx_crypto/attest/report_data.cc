// REPORT_DATA: SHA-512 over a canonical TLV (tag u8, length u32, value), so that no two bindings
// have the same encoding.
#include <openssl/sha.h>

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest {
namespace {

enum class Tag : uint8_t {
    kLabel = 1,
    kPurpose = 2,
    kSpkiHash = 3,
    kDomainId = 4,
    kExporter = 5,
    kRole = 6,
    kPeerSpkiHash = 7,
};

void append(Bytes& out, Tag tag, ByteView value) {
    out.push_back(static_cast<uint8_t>(tag));
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<uint8_t>(value.size() >> shift));
    }
    out.insert(out.end(), value.begin(), value.end());
}

}  // namespace

ReportData report_data(Mode mode, const Binding& binding) {
    // A label of its own: an emulated report can never be taken for a real one.
    const std::string_view label = mode == Mode::kEmulated ? "ucx-crypto v1 emulated report data"
                                                           : "ucx-crypto v1 report data";
    const auto purpose = static_cast<uint8_t>(binding.purpose);
    Bytes encoded;
    append(encoded, Tag::kLabel, as_bytes(label));
    append(encoded, Tag::kPurpose, {&purpose, 1});
    append(encoded, Tag::kSpkiHash, binding.spki_hash);
    append(encoded, Tag::kDomainId, binding.domain_id);
    if (binding.purpose == Binding::Purpose::kChannel) {
        const uint8_t role = binding.client ? 1 : 2;
        append(encoded, Tag::kExporter, binding.exporter);
        append(encoded, Tag::kRole, {&role, 1});
        append(encoded, Tag::kPeerSpkiHash, binding.peer_spki_hash);
    }
    ReportData data{};
    SHA512(encoded.data(), encoded.size(), data.data());
    return data;
}

}  // namespace ucx_crypto::attest
