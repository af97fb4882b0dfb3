// HELLO, CONFIRM and ACCEPT: the handshake's own messages. WIRE.md describes the bytes.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "ucx_crypto/attest/attestation.h"
#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/hash.h"
#include "ucx_crypto/base/result.h"

namespace ucx_crypto::handshake {

inline constexpr size_t kInstanceIdSize = 16;
/// First 16 bytes of SHA-256(label, SPKI hash, interface counter).
using InstanceId = std::array<uint8_t, kInstanceIdSize>;

/// Values are wire values.
enum class Role : uint8_t { kClient = 1, kServer = 2 };
std::string_view to_string(Role role);
constexpr Role other(Role role) {
    return role == Role::kClient ? Role::kServer : Role::kClient;
}

inline constexpr uint16_t kWireVersionMin = 1;
inline constexpr uint16_t kWireVersionMax = 1;

inline constexpr std::array<uint8_t, 8> kMagic{'U', 'C', 'X', 'C', 'R', 'Y', 'P', 'T'};
inline constexpr size_t kHelloMacSize = 16;
/// Bytes that the HELLO's MAC covers.
inline constexpr size_t kHelloBodySize = kMagic.size() + 2 + 2 + 1 + 3 + 2 * kInstanceIdSize + 4;
inline constexpr size_t kHelloSize = kHelloBodySize + kHelloMacSize;
static_assert(kHelloBodySize == 52 && kHelloSize == 68);
using HelloBytes = std::array<uint8_t, kHelloSize>;

/// The first message of each side, in clear.
struct Hello {
    uint16_t version_min = kWireVersionMin;
    uint16_t version_max = kWireVersionMax;
    Role role = Role::kClient;
    InstanceId own{};
    InstanceId peer{};  ///< whom the sender expects
    uint32_t interface_counter = 0;

    bool operator==(const Hello&) const = default;
};

/// `key` is the HELLO key of the job (key_schedule.h).
Result<HelloBytes> encode(const Hello& hello, const SecretBytes& key);
/// Checks magic, MAC, role (expected: `sender`) and versions, in this order of trust: a wrong magic
/// is told as such, everything else only after the MAC.
Result<Hello> decode_hello(const HelloBytes& bytes, Role sender, const SecretBytes& key);

/// Both directions' messages inside TLS: {type u8, length u32, body}.
enum class MessageType : uint8_t { kConfirm = 1, kAccept = 2 };
std::string_view to_string(MessageType type);
inline constexpr size_t kMessageHeaderSize = 5;

struct MessageHeader {
    MessageType type;
    size_t body_size;
};
/// Reads the header of a message that has to be of type `expected`; its length is bounded by what
/// the type allows before anything is allocated for it.
Result<MessageHeader> decode_message_header(ByteView bytes, MessageType expected);

inline constexpr size_t kMaxJobIdSize = 256;
inline constexpr uint32_t kUnknownRank = UINT32_MAX;
/// The least that both sides must agree on for one record, and the most that may be asked for.
inline constexpr uint32_t kMinMaxPlaintext = 1024;
inline constexpr uint32_t kMaxMaxPlaintext = 1U << 20;

/// What the sender is and wants. Travels encrypted.
struct Confirm {
    attest::Mode mode = attest::Mode::kOff;
    /// 0 without evidence, else attest::Binding::Purpose.
    uint8_t evidence_purpose = 0;
    uint8_t algorithm = 0;  ///< aead::Algorithm's wire value; this layer compares it only
    uint32_t max_plaintext = 0;
    uint32_t rank = kUnknownRank;
    attest::Digest policy_digest{};
    Hash membership{};  ///< proof of the domain key over the TLS transcript
    std::string job_id;
    attest::Evidence evidence;
};

inline constexpr size_t kConfirmFixedSize = 4 + 4 + 4 + 32 + kHashSize + 2 + 4 + 4;
inline constexpr size_t kMaxConfirmSize =
    kConfirmFixedSize + kMaxJobIdSize + attest::kMaxEvidenceSize + attest::kMaxEndorsementsSize;
static_assert(kConfirmFixedSize == 102);
static_assert(kMaxConfirmSize < 48 * 1024, "a handshake is at most 64 KiB");

/// With the message header.
Result<Bytes> encode(const Confirm& confirm);
/// `body` is what follows the message header.
Result<Confirm> decode_confirm(ByteView body);

/// The end of the sender's part: proofs over the whole transcript.
struct Accept {
    Hash transcript_mac{};
    Hash domain_proof{};
};
inline constexpr size_t kAcceptSize = 2 * kHashSize;
static_assert(kAcceptSize == 96);

Result<Bytes> encode(const Accept& accept);
Result<Accept> decode_accept(ByteView body);

/// The one alert that a refused peer gets, whatever for and whenever: a fatal handshake_failure in
/// TLS's own record format (RFC 8446 section 6), in clear.
inline constexpr std::array<uint8_t, 7> kAlert{21, 3, 3, 0, 2, 2, 40};

}  // namespace ucx_crypto::handshake
