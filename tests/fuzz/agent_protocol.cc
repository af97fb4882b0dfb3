// What processes and a node's agent send each other: who reads (1 byte), then a request or an
// answer.
#include <algorithm>

#include "tests/fuzz/target.h"
#include "ucx_crypto/attest/agent/protocol.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace attest;
using namespace attest::agent;

constexpr uint8_t kAnswer = 1;

void check_request(ByteView input) {
    RequestBytes bytes{};
    if (input.size() != bytes.size()) {
        return;  // the server reads this many
    }
    std::copy(input.begin(), input.end(), bytes.begin());
    const auto request = decode_request(bytes);
    UCX_CRYPTO_PROMISE(request.ok() || request.error().code() == ErrorCode::kProtocol);
    UCX_CRYPTO_PROMISE(!request.ok() || encode(*request) == bytes);
}

void check_answer(ByteView input) {
    std::array<uint8_t, kAnswerHeaderSize> header{};
    if (input.size() < header.size()) {
        return;
    }
    std::copy_n(input.begin(), header.size(), header.begin());
    const auto size = answer_body_size(header);
    const auto answer = decode_answer(input);
    if (!size.ok()) {
        UCX_CRYPTO_PROMISE(size.error().code() == ErrorCode::kProtocol && !answer.ok());
        return;
    }
    UCX_CRYPTO_PROMISE(*size <= kMaxAnswerBodySize);
    if (!answer.ok()) {
        UCX_CRYPTO_PROMISE(answer.error().code() == ErrorCode::kProtocol);
        return;
    }
    UCX_CRYPTO_PROMISE(input.size() == header.size() + *size);
    UCX_CRYPTO_PROMISE(answer->outcome == Outcome::kEvidence || answer->evidence.report.empty());
    const auto again = encode(*answer);
    UCX_CRYPTO_PROMISE(again.ok() && again->size() == input.size());
    // Text goes to logs and terminals: of it only what can be printed is kept.
    UCX_CRYPTO_PROMISE(answer->outcome != Outcome::kEvidence || equal(*again, input));
    UCX_CRYPTO_PROMISE(std::all_of(answer->text.begin(), answer->text.end(),
                                   [](char c) { return c >= ' ' && c <= '~'; }));
}

}  // namespace

void one_input(ByteView input) {
    if (input.empty()) {
        return;
    }
    (input[0] & kAnswer) != 0 ? check_answer(input.subspan(1)) : check_request(input.subspan(1));
}

std::vector<Bytes> seeds() {
    const uint8_t request[] = {0};
    const uint8_t answer[] = {kAnswer};
    return {join(request, encode(Request{})),
            join(answer, encode(Answer{Outcome::kEvidence, Mode::kSnp, {{1, 2}, {3}}, ""}).value()),
            join(answer, encode(Answer{Outcome::kBusy, Mode::kSnp, {}, "busy"}).value()),
            join(answer, encode(Answer{Outcome::kNoReport, Mode::kEmulated, {}, ""}).value())};
}

}  // namespace ucx_crypto::fuzz
