#include "ucx_crypto/attest/agent/protocol.h"

#include <catch2/catch.hpp>

#include "ucx_crypto/attest/snp/report.h"

namespace ucx_crypto::attest::agent {

namespace {

Request some_request() {
    Request request;
    request.domain_id.fill(1);
    request.spki_hash.fill(2);
    return request;
}

std::array<uint8_t, kAnswerHeaderSize> header_of(const Bytes& answer) {
    std::array<uint8_t, kAnswerHeaderSize> header{};
    std::copy_n(answer.begin(), header.size(), header.begin());
    return header;
}

}  // namespace

TEST_CASE("agent protocol: a request is read as it was written, and no other bytes are one") {
    const RequestBytes bytes = encode(some_request());
    const auto request = decode_request(bytes);
    REQUIRE(request.ok());
    CHECK(*request == some_request());
    for (size_t i = 0; i < 12; ++i) {  // magic, version, zero
        RequestBytes wrong = bytes;
        wrong[i] ^= 1;
        const auto refused = decode_request(wrong);
        REQUIRE_FALSE(refused.ok());
        CHECK(refused.error().code() == ErrorCode::kProtocol);
    }
}

TEST_CASE("agent protocol: answers are read as they were written") {
    const Answer answers[] = {
        {Outcome::kEvidence,
         Mode::kEmulated,
         {Bytes(kMaxAgentEvidenceSize, 7), Bytes(kMaxEndorsementsSize, 8)},
         ""},
        {Outcome::kEvidence, Mode::kSnp, {Bytes(1, 7), {}}, ""},
        {Outcome::kBusy, Mode::kSnp, {}, "too many"},
        {Outcome::kNoReport, Mode::kSnp, {}, ""},
    };
    for (const Answer& answer : answers) {
        const auto bytes = encode(answer);
        REQUIRE(bytes.ok());
        CHECK(*answer_body_size(header_of(*bytes)) == bytes->size() - kAnswerHeaderSize);
        const auto read = decode_answer(*bytes);
        REQUIRE(read.ok());
        CHECK(read->outcome == answer.outcome);
        CHECK(read->mode == answer.mode);
        CHECK(read->evidence.report == answer.evidence.report);
        CHECK(read->evidence.endorsements == answer.evidence.endorsements);
        CHECK(read->text == answer.text);
    }
}

TEST_CASE("agent protocol: an answer's text is short, and harmless in a log") {
    const auto bytes = encode({Outcome::kBusy, Mode::kSnp, {}, std::string(5000, 'a')});
    REQUIRE(bytes.ok());
    CHECK(decode_answer(*bytes)->text == std::string(kMaxAnswerTextSize, 'a'));
    const auto escape = encode({Outcome::kBusy, Mode::kSnp, {}, "a\x1b[2J\nb\xff"});
    CHECK(decode_answer(*escape)->text == "a?[2J?b?");
}

TEST_CASE("agent protocol: answers beyond their bounds are neither written nor read") {
    const Evidence large{Bytes(kMaxAgentEvidenceSize), Bytes(kMaxEndorsementsSize + 1)};
    CHECK_FALSE(encode({Outcome::kEvidence, Mode::kSnp, large, ""}).ok());

    const auto bytes = encode({Outcome::kEvidence, Mode::kSnp, {Bytes(9), Bytes(9)}, ""});
    REQUIRE(bytes.ok());
    for (size_t size = 0; size < bytes->size(); ++size) {
        CHECK_FALSE(decode_answer(ByteView(*bytes).first(size)).ok());
    }
    Bytes longer = *bytes;
    longer.push_back(0);
    CHECK_FALSE(decode_answer(longer).ok());
    const std::pair<size_t, uint8_t> wrong[] = {{0, 'X'}, {9, 2},  {10, 4}, {11, 0},
                                                {11, 1},  {11, 4}, {15, 1}, {17, 255}};
    for (const auto& [at, value] : wrong) {
        Bytes other = *bytes;
        other[at] = value;
        INFO("byte " << at);
        CHECK_FALSE(decode_answer(other).ok());
    }
    // The length is bounded before anything is allocated for it.
    Bytes huge = *bytes;
    huge[12] = 0xff;
    CHECK(answer_body_size(header_of(huge)).error().code() == ErrorCode::kProtocol);
}

}  // namespace ucx_crypto::attest::agent
