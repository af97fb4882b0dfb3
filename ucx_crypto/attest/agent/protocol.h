// What a process and its node's agent say to each other over a stream socket: one request, one
// answer. Integers are big-endian.
#pragma once

#include <array>
#include <string>

#include "ucx_crypto/attest/agent/agent_evidence.h"

namespace ucx_crypto::attest::agent {

/// Where the agent of a node listens, unless the administrator chose another place.
inline constexpr char kSocketPath[] = "/run/ucx-crypto/agent.sock";

inline constexpr std::array<uint8_t, 8> kMagic{'U', 'C', 'X', 'C', 'A', 'G', 'N', 'T'};
inline constexpr uint16_t kProtocolVersion = 1;

/// magic, version (2 bytes), zero (2), domain id, SPKI hash. Who asks is told by the kernel.
inline constexpr size_t kRequestSize = kMagic.size() + 2 + 2 + 32 + 32;
static_assert(kRequestSize == 76);
struct Request {
    Digest domain_id{};
    Digest spki_hash{};

    bool operator==(const Request&) const = default;
};
using RequestBytes = std::array<uint8_t, kRequestSize>;
RequestBytes encode(const Request& request);
/// kProtocol for another magic or version.
Result<Request> decode_request(const RequestBytes& bytes);

/// Values are wire values.
enum class Outcome : uint8_t {
    kEvidence = 0,
    kBusy = 1,        ///< the agent serves as many as it may; ask again later
    kBadRequest = 2,  ///< not a request of this version
    kNoReport = 3,    ///< the agent has no report; the text says why
};

struct Answer {
    Outcome outcome = Outcome::kNoReport;
    Mode mode = Mode::kSnp;  ///< of the agent
    Evidence evidence;       ///< kEvidence only
    std::string text;        ///< else: for the log of who asked
};

/// magic, version (2 bytes), outcome (1), mode (1), size of what follows (4).
inline constexpr size_t kAnswerHeaderSize = kMagic.size() + 2 + 1 + 1 + 4;
inline constexpr size_t kMaxAnswerTextSize = 1024;
/// Evidence and endorsements with a length (2 bytes) each, or the text with one.
inline constexpr size_t kMaxAnswerBodySize = 2 + kMaxAgentEvidenceSize + 2 + kMaxEndorsementsSize;
static_assert(kAnswerHeaderSize == 16 && kMaxAnswerTextSize + 2 <= kMaxAnswerBodySize);
static_assert(kMaxEndorsementsSize <= UINT16_MAX);

/// Longer text is cut. kInternal when evidence is beyond its bounds.
Result<Bytes> encode(const Answer& answer);
/// The size of the body that follows a header; kProtocol unless it is one of this version within
/// its bounds.
Result<size_t> answer_body_size(const std::array<uint8_t, kAnswerHeaderSize>& header);
/// `bytes`: header and body.
Result<Answer> decode_answer(ByteView bytes);

}  // namespace ucx_crypto::attest::agent
