#include "ucx_crypto/attest/agent/protocol.h"

#include <algorithm>

#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest::agent {
namespace {

Error malformed(const std::string& what, const std::string& expected, const std::string& found) {
    return {ErrorCode::kProtocol, what + ": expected " + expected + ", found " + found};
}

Status check_start(WireReader& reader, const std::string& what) {
    const auto magic = reader.array<kMagic.size()>();
    const uint16_t version = reader.u16();
    if (magic != kMagic) {
        return malformed(what, "one of ucx-crypto", "other bytes");
    }
    if (version != kProtocolVersion) {
        return malformed(what, "version " + std::to_string(kProtocolVersion),
                         std::to_string(version) +
                             "; agent and processes must be of the same release of ucx-crypto");
    }
    return success();
}

/// A log is no place for what moves cursors.
std::string printable(ByteView bytes) {
    std::string text(as_text(bytes));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

}  // namespace

RequestBytes encode(const Request& request) {
    RequestBytes bytes{};
    WireWriter writer(bytes);
    writer.bytes(kMagic);
    writer.u16(kProtocolVersion);
    writer.u16(0);
    writer.bytes(request.domain_id);
    writer.bytes(request.spki_hash);
    return bytes;
}

Result<Request> decode_request(const RequestBytes& bytes) {
    WireReader reader(bytes);
    UCX_CRYPTO_TRY(check_start(reader, "request"));
    const uint16_t reserved = reader.u16();
    const Request request{reader.array<32>(), reader.array<32>()};
    UCX_CRYPTO_TRY(reader.finish("request"));
    if (reserved != 0) {
        return malformed("request", "zero in the reserved bytes", std::to_string(reserved));
    }
    return request;
}

Result<Bytes> encode(const Answer& answer) {
    const ByteView text =
        as_bytes(answer.text).first(std::min(answer.text.size(), kMaxAnswerTextSize));
    const Evidence& evidence = answer.evidence;
    const bool has_evidence = answer.outcome == Outcome::kEvidence;
    const size_t body_size = has_evidence
                                 ? 2 + evidence.report.size() + 2 + evidence.endorsements.size()
                                 : 2 + text.size();
    if (body_size > kMaxAnswerBodySize) {
        return Error(ErrorCode::kInternal, "agent's answer: expected at most " +
                                               std::to_string(kMaxAnswerBodySize) +
                                               " bytes, found " + std::to_string(body_size));
    }
    Bytes bytes(kAnswerHeaderSize + body_size);
    WireWriter writer(bytes);
    writer.bytes(kMagic);
    writer.u16(kProtocolVersion);
    writer.u8(static_cast<uint8_t>(answer.outcome));
    writer.u8(static_cast<uint8_t>(answer.mode));
    writer.u32(static_cast<uint32_t>(body_size));
    if (has_evidence) {
        writer.field16(evidence.report);
        writer.field16(evidence.endorsements);
    } else {
        writer.field16(text);
    }
    UCX_CRYPTO_TRY(writer.finish("agent's answer"));
    return bytes;
}

Result<size_t> answer_body_size(const std::array<uint8_t, kAnswerHeaderSize>& header) {
    WireReader reader(header);
    UCX_CRYPTO_TRY(check_start(reader, "agent's answer"));
    reader.skip(2);
    const size_t size = reader.u32();
    if (size > kMaxAnswerBodySize) {
        return malformed("agent's answer",
                         "at most " + std::to_string(kMaxAnswerBodySize) + " bytes",
                         std::to_string(size));
    }
    return size;
}

Result<Answer> decode_answer(ByteView bytes) {
    WireReader reader(bytes);
    UCX_CRYPTO_TRY(check_start(reader, "agent's answer"));
    const uint8_t outcome = reader.u8();
    const uint8_t mode = reader.u8();
    const size_t body_size = reader.u32();
    if (outcome > static_cast<uint8_t>(Outcome::kNoReport) ||
        (mode != static_cast<uint8_t>(Mode::kSnp) &&
         mode != static_cast<uint8_t>(Mode::kEmulated)) ||
        body_size != reader.remaining()) {
        return malformed("agent's answer", "a known outcome and mode, and a body of its length",
                         "outcome " + std::to_string(outcome) + ", mode " + std::to_string(mode) +
                             ", " + std::to_string(reader.remaining()) + " of " +
                             std::to_string(body_size) + " bytes");
    }
    Answer answer;
    answer.outcome = static_cast<Outcome>(outcome);
    answer.mode = static_cast<Mode>(mode);
    if (answer.outcome == Outcome::kEvidence) {
        answer.evidence.report = to_bytes(reader.field16(kMaxAgentEvidenceSize));
        answer.evidence.endorsements = to_bytes(reader.field16(kMaxEndorsementsSize));
    } else {
        answer.text = printable(reader.field16(kMaxAnswerTextSize));
    }
    UCX_CRYPTO_TRY(reader.finish("agent's answer"));
    return answer;
}

}  // namespace ucx_crypto::attest::agent
