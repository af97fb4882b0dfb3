// CONFIRM and ACCEPT with their message header, as they come out of TLS.
#include "tests/fuzz/target.h"
#include "ucx_crypto/handshake/messages.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace handshake;

void check_confirm(ByteView message) {
    const auto confirm = decode_confirm(message.subspan(kMessageHeaderSize));
    if (!confirm.ok()) {
        UCX_CRYPTO_PROMISE(confirm.error().code() == ErrorCode::kProtocol);
        return;
    }
    const bool off = confirm->mode == attest::Mode::kOff;
    UCX_CRYPTO_PROMISE(confirm->mode != attest::Mode::kAuto);
    UCX_CRYPTO_PROMISE(
        (confirm->evidence.report.empty() && confirm->evidence.endorsements.empty()) == off);
    UCX_CRYPTO_PROMISE((confirm->evidence_purpose == 0) == off &&
                       confirm->evidence_purpose <=
                           static_cast<uint8_t>(attest::Binding::Purpose::kAgent));
    const auto again = encode(*confirm);
    UCX_CRYPTO_PROMISE(again.ok() && equal(*again, message));
}

void check_accept(ByteView message) {
    const auto accept = decode_accept(message.subspan(kMessageHeaderSize));
    UCX_CRYPTO_PROMISE(accept.ok() == (message.size() == kMessageHeaderSize + kAcceptSize));
    if (accept.ok()) {
        const auto again = encode(*accept);
        UCX_CRYPTO_PROMISE(again.ok() && equal(*again, message));
    }
}

}  // namespace

void one_input(ByteView input) {
    if (input.size() < kMessageHeaderSize) {
        return;
    }
    for (const MessageType type : {MessageType::kConfirm, MessageType::kAccept}) {
        const auto header = decode_message_header(input.first(kMessageHeaderSize), type);
        if (!header.ok()) {
            UCX_CRYPTO_PROMISE(header.error().code() == ErrorCode::kProtocol);
            continue;
        }
        UCX_CRYPTO_PROMISE(header->body_size <=
                           (type == MessageType::kConfirm ? kMaxConfirmSize : kAcceptSize));
        if (input.size() == kMessageHeaderSize + header->body_size) {
            type == MessageType::kConfirm ? check_confirm(input) : check_accept(input);
        }
    }
}

std::vector<Bytes> seeds() {
    Confirm confirm;
    confirm.algorithm = 2;
    confirm.max_plaintext = 65536;
    std::vector<Bytes> all = {encode(confirm).value(), encode(Accept{}).value()};
    confirm.mode = attest::Mode::kSnp;
    confirm.evidence_purpose = 1;
    confirm.job_id = "job";
    confirm.evidence = {Bytes(40, 1), Bytes(30, 2)};
    all.push_back(encode(confirm).value());
    confirm.evidence = {Bytes(1184, 1), {}};
    confirm.evidence_purpose = 2;
    all.push_back(encode(confirm).value());
    return all;
}

}  // namespace ucx_crypto::fuzz
