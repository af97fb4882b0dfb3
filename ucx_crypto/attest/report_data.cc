// REPORT_DATA and the names of modes.
#include <sodium.h>

#include <array>

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest {
namespace {

/// Tags of the canonical TLV: tag (1 byte), length (4 bytes, big-endian), value; in this order.
enum class Tag : uint8_t {
    kLabel = 1,
    kPurpose = 2,
    kSpkiHash = 3,
    kDomainId = 4,
    kExporter = 5,
    kRole = 6,
    kPeerSpkiHash = 7,
    kTreeSize = 8,
    kTreeRoot = 9,
};

std::string_view label_of(Mode mode) {
    switch (mode) {
        case Mode::kSnp:
            return "ucx-crypto v1 report data, SEV-SNP";
        case Mode::kEmulated:
            return "ucx-crypto v1 report data, EMULATED";
        case Mode::kRegistered:
            return "ucx-crypto v1 report data, REGISTERED";
        case Mode::kAuto:
        case Mode::kOff:
            break;
    }
    return "ucx-crypto v1 report data, no evidence";
}

std::string_view agent_label_of(Mode mode) {
    switch (mode) {
        case Mode::kSnp:
            return "ucx-crypto v1 agent report data, SEV-SNP";
        case Mode::kEmulated:
            return "ucx-crypto v1 agent report data, EMULATED";
        case Mode::kRegistered:
        case Mode::kAuto:
        case Mode::kOff:
            break;
    }
    return "ucx-crypto v1 agent report data, no evidence";
}

class TlvHash {
  public:
    TlvHash() { crypto_hash_sha512_init(&state_); }

    void add(Tag tag, ByteView value) {
        const auto size = static_cast<uint32_t>(value.size());
        const std::array<uint8_t, 5> head{
            static_cast<uint8_t>(tag),        static_cast<uint8_t>(size >> 24),
            static_cast<uint8_t>(size >> 16), static_cast<uint8_t>(size >> 8),
            static_cast<uint8_t>(size),
        };
        crypto_hash_sha512_update(&state_, head.data(), head.size());
        crypto_hash_sha512_update(&state_, value.data(), value.size());
    }
    void add(Tag tag, uint8_t value) { add(tag, ByteView(&value, 1)); }

    ReportData finish() {
        ReportData data{};
        crypto_hash_sha512_final(&state_, data.data());
        return data;
    }

  private:
    crypto_hash_sha512_state state_{};
};

}  // namespace

ReportData report_data(Mode mode, const Binding& binding) {
    TlvHash hash;
    hash.add(Tag::kLabel, as_bytes(label_of(mode)));
    hash.add(Tag::kPurpose, static_cast<uint8_t>(binding.purpose));
    hash.add(Tag::kSpkiHash, binding.spki_hash);
    hash.add(Tag::kDomainId, binding.domain_id);
    if (binding.purpose == Binding::Purpose::kChannel) {
        hash.add(Tag::kExporter, binding.exporter);
        hash.add(Tag::kRole, static_cast<uint8_t>(binding.client ? 1 : 0));
        hash.add(Tag::kPeerSpkiHash, binding.peer_spki_hash);
    }
    return hash.finish();
}

ReportData agent_report_data(Mode mode, uint32_t tree_size, const Digest& root) {
    const std::array<uint8_t, 4> size{
        static_cast<uint8_t>(tree_size >> 24), static_cast<uint8_t>(tree_size >> 16),
        static_cast<uint8_t>(tree_size >> 8), static_cast<uint8_t>(tree_size)};
    TlvHash hash;
    hash.add(Tag::kLabel, as_bytes(agent_label_of(mode)));
    hash.add(Tag::kPurpose, static_cast<uint8_t>(Binding::Purpose::kAgent));
    hash.add(Tag::kTreeSize, size);
    hash.add(Tag::kTreeRoot, root);
    return hash.finish();
}

std::string_view to_string(Mode mode) {
    switch (mode) {
        case Mode::kAuto:
            return "auto";
        case Mode::kOff:
            return "off";
        case Mode::kSnp:
            return "snp";
        case Mode::kEmulated:
            return "emulated";
        case Mode::kRegistered:
            return "registered";
    }
    return "unknown";  // a peer's byte may be anything
}

Result<Mode> parse_mode(std::string_view name) {
    for (const Mode mode :
         {Mode::kAuto, Mode::kOff, Mode::kSnp, Mode::kEmulated, Mode::kRegistered}) {
        if (name == to_string(mode)) {
            return mode;
        }
    }
    return Error(
        ErrorCode::kInvalidArgument,
        "UCX_CRYPTO_ATTESTATION: expected auto, snp, emulated, registered or off, found '" +
            std::string(name) + "'");
}

}  // namespace ucx_crypto::attest
