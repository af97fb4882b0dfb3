#include "ucx_crypto/handshake/messages.h"

#include <algorithm>

#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::handshake {
namespace {

Error protocol_error(std::string message) {
    return {ErrorCode::kProtocol, std::move(message)};
}

size_t max_body_size(MessageType type) {
    return type == MessageType::kConfirm ? kMaxConfirmSize : kAcceptSize;
}

}  // namespace

std::string_view to_string(Role role) {
    return role == Role::kClient ? "client" : "server";
}

std::string_view to_string(MessageType type) {
    return type == MessageType::kConfirm ? "CONFIRM" : "ACCEPT";
}

Result<HelloBytes> encode(const Hello& hello, const SecretBytes& key) {
    HelloBytes out{};
    WireWriter writer(out);
    writer.bytes(kMagic);
    writer.u16(hello.version_min);
    writer.u16(hello.version_max);
    writer.u8(static_cast<uint8_t>(hello.role));
    writer.zeros(3);
    writer.bytes(hello.own);
    writer.bytes(hello.peer);
    writer.u32(hello.interface_counter);
    const Hash mac = UCX_CRYPTO_TRY(hmac(key.expose(), ByteView(out).first(kHelloBodySize)));
    writer.bytes(ByteView(mac).first(kHelloMacSize));
    UCX_CRYPTO_TRY(writer.finish("HELLO"));
    return out;
}

Result<Hello> decode_hello(const HelloBytes& bytes, Role sender, const SecretBytes& key) {
    WireReader reader(bytes);
    if (reader.array<kMagic.size()>() != kMagic) {
        return protocol_error("HELLO: expected a ucx-crypto peer, found other bytes");
    }
    Hello hello;
    hello.version_min = reader.u16();
    hello.version_max = reader.u16();
    const uint8_t role = reader.u8();
    const auto reserved = reader.array<3>();
    hello.own = reader.array<kInstanceIdSize>();
    hello.peer = reader.array<kInstanceIdSize>();
    hello.interface_counter = reader.u32();
    const ByteView mac = reader.bytes(kHelloMacSize);
    UCX_CRYPTO_TRY(reader.finish("HELLO"));

    const Hash expected_mac =
        UCX_CRYPTO_TRY(hmac(key.expose(), ByteView(bytes).first(kHelloBodySize)));
    if (!equal_constant_time(mac, ByteView(expected_mac).first(kHelloMacSize))) {
        return Error(ErrorCode::kAuthentication,
                     "HELLO: expected a MAC under this job's key, found another; both sides need "
                     "the same domain key (UCX_CRYPTO_DOMAIN_KEY) and job id (UCX_CRYPTO_JOB)");
    }
    if (role != static_cast<uint8_t>(sender)) {
        return protocol_error("HELLO: expected the role of a " + std::string(to_string(sender)) +
                              ", found " + std::to_string(role));
    }
    hello.role = sender;
    if (hello.version_min > kWireVersionMax || hello.version_max < kWireVersionMin ||
        hello.version_min > hello.version_max) {
        return Error(ErrorCode::kUnsupported,
                     "HELLO: expected a wire version from " + std::to_string(kWireVersionMin) +
                         " to " + std::to_string(kWireVersionMax) + ", found a peer with " +
                         std::to_string(hello.version_min) + " to " +
                         std::to_string(hello.version_max) +
                         "; both hosts need compatible releases of ucx-crypto");
    }
    if (reserved != std::array<uint8_t, 3>{}) {
        return protocol_error("HELLO: expected zeros in the reserved bytes");
    }
    return hello;
}

Result<MessageHeader> decode_message_header(ByteView bytes, MessageType expected) {
    WireReader reader(bytes);
    const uint8_t type = reader.u8();
    const size_t size = reader.u32();
    UCX_CRYPTO_TRY(reader.finish("message header"));
    if (type != static_cast<uint8_t>(expected)) {
        return protocol_error("expected " + std::string(to_string(expected)) +
                              ", found a message of type " + std::to_string(type));
    }
    if (size > max_body_size(expected)) {
        return protocol_error(std::string(to_string(expected)) + ": expected at most " +
                              std::to_string(max_body_size(expected)) + " bytes, found " +
                              std::to_string(size));
    }
    return MessageHeader{expected, size};
}

Result<Bytes> encode(const Confirm& confirm) {
    if (confirm.job_id.size() > kMaxJobIdSize ||
        confirm.evidence.report.size() > attest::kMaxEvidenceSize ||
        confirm.evidence.endorsements.size() > attest::kMaxEndorsementsSize) {
        return Error(ErrorCode::kExhausted,
                     "CONFIRM: expected at most " + std::to_string(kMaxJobIdSize) +
                         " bytes of job id, " + std::to_string(attest::kMaxEvidenceSize) +
                         " of evidence and " + std::to_string(attest::kMaxEndorsementsSize) +
                         " of endorsements, found " + std::to_string(confirm.job_id.size()) + ", " +
                         std::to_string(confirm.evidence.report.size()) + " and " +
                         std::to_string(confirm.evidence.endorsements.size()));
    }
    const size_t body_size = kConfirmFixedSize + confirm.job_id.size() +
                             confirm.evidence.report.size() + confirm.evidence.endorsements.size();
    Bytes out(kMessageHeaderSize + body_size);
    WireWriter writer(out);
    writer.u8(static_cast<uint8_t>(MessageType::kConfirm));
    writer.u32(static_cast<uint32_t>(body_size));
    writer.u8(static_cast<uint8_t>(confirm.mode));
    writer.u8(confirm.evidence_purpose);
    writer.u8(confirm.algorithm);
    writer.u8(0);
    writer.u32(confirm.max_plaintext);
    writer.u32(confirm.rank);
    writer.bytes(confirm.policy_digest);
    writer.bytes(confirm.membership);
    writer.field16(as_bytes(confirm.job_id));
    writer.field32(confirm.evidence.report);
    writer.field32(confirm.evidence.endorsements);
    UCX_CRYPTO_TRY(writer.finish("CONFIRM"));
    return out;
}

Result<Confirm> decode_confirm(ByteView body) {
    WireReader reader(body);
    Confirm confirm;
    const uint8_t mode = reader.u8();
    confirm.evidence_purpose = reader.u8();
    confirm.algorithm = reader.u8();
    const uint8_t reserved = reader.u8();
    confirm.max_plaintext = reader.u32();
    confirm.rank = reader.u32();
    confirm.policy_digest = reader.array<32>();
    confirm.membership = reader.array<kHashSize>();
    confirm.job_id = as_text(reader.field16(kMaxJobIdSize));
    confirm.evidence.report = to_bytes(reader.field32(attest::kMaxEvidenceSize));
    confirm.evidence.endorsements = to_bytes(reader.field32(attest::kMaxEndorsementsSize));
    UCX_CRYPTO_TRY(reader.finish("CONFIRM"));
    if (reserved != 0) {
        return protocol_error("CONFIRM: expected zero in the reserved byte");
    }
    if (mode < static_cast<uint8_t>(attest::Mode::kOff) ||
        mode > static_cast<uint8_t>(attest::Mode::kRegistered)) {
        return protocol_error("CONFIRM: expected an attestation mode from 1 to 4, found " +
                              std::to_string(mode));
    }
    confirm.mode = static_cast<attest::Mode>(mode);
    const bool has_evidence =
        !confirm.evidence.report.empty() || !confirm.evidence.endorsements.empty();
    const bool wants_evidence = confirm.mode != attest::Mode::kOff;
    if (confirm.evidence_purpose > static_cast<uint8_t>(attest::Binding::Purpose::kAgent) ||
        (confirm.evidence_purpose != 0) != wants_evidence || has_evidence != wants_evidence) {
        return protocol_error("CONFIRM: expected evidence exactly when attestation is not off");
    }
    return confirm;
}

Result<Bytes> encode(const Accept& accept) {
    Bytes out(kMessageHeaderSize + kAcceptSize);
    WireWriter writer(out);
    writer.u8(static_cast<uint8_t>(MessageType::kAccept));
    writer.u32(kAcceptSize);
    writer.bytes(accept.transcript_mac);
    writer.bytes(accept.domain_proof);
    UCX_CRYPTO_TRY(writer.finish("ACCEPT"));
    return out;
}

Result<Accept> decode_accept(ByteView body) {
    WireReader reader(body);
    Accept accept;
    accept.transcript_mac = reader.array<kHashSize>();
    accept.domain_proof = reader.array<kHashSize>();
    UCX_CRYPTO_TRY(reader.finish("ACCEPT"));
    return accept;
}

}  // namespace ucx_crypto::handshake
