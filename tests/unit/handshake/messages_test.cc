// Messages that nobody's encoder writes.
#include <catch2/catch.hpp>

#include "ucx_crypto/handshake/messages.h"

namespace ucx_crypto::handshake {
namespace {

SecretBytes key() {
    return SecretBytes::copy_of(Bytes(kHashSize, 7));
}

/// A client's HELLO with one byte set, under a right MAC.
HelloBytes hello_with(size_t at, uint8_t value) {
    HelloBytes bytes = encode(Hello{}, key()).value();
    bytes[at] = value;
    const Hash mac = hmac(key().expose(), ByteView(bytes).first(kHelloBodySize)).value();
    std::copy_n(mac.begin(), kHelloMacSize, bytes.begin() + kHelloBodySize);
    return bytes;
}

Confirm with_evidence() {
    Confirm confirm;
    confirm.mode = attest::Mode::kSnp;
    confirm.evidence_purpose = 1;
    confirm.job_id = "job";
    confirm.evidence = {{1, 2}, {3}};
    return confirm;
}

Bytes body_with(const Confirm& confirm, size_t at, uint8_t value) {
    Bytes body = encode(confirm).value();
    body.erase(body.begin(), body.begin() + kMessageHeaderSize);
    body[at] = value;
    return body;
}

}  // namespace

TEST_CASE("A HELLO of another version, role or form is refused behind its MAC") {
    CHECK(decode_hello(encode(Hello{}, key()).value(), Role::kClient, key()).ok());
    const auto code = [](size_t at, uint8_t value) {
        return decode_hello(hello_with(at, value), Role::kClient, key()).error().code();
    };
    CHECK(code(0, 'x') == ErrorCode::kProtocol);                        // magic
    CHECK(code(9, 2) == ErrorCode::kUnsupported);                       // from version 2
    CHECK(code(11, 0) == ErrorCode::kUnsupported);                      // to version 0
    CHECK(code(12, 2) == ErrorCode::kProtocol);                         // a server's
    CHECK(code(15, 1) == ErrorCode::kProtocol);                         // reserved
    CHECK(decode_hello(hello_with(10, 1), Role::kClient, key()).ok());  // to version 257
    HelloBytes bytes = encode(Hello{}, key()).value();
    bytes[kHelloSize - 1] ^= 1;
    CHECK(decode_hello(bytes, Role::kClient, key()).error().code() == ErrorCode::kAuthentication);
}

TEST_CASE("A message's length is bounded by its type before anything is allocated") {
    const auto header = [](uint8_t type, uint32_t size) {
        return Bytes{type, static_cast<uint8_t>(size >> 24), static_cast<uint8_t>(size >> 16),
                     static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
    };
    CHECK(decode_message_header(header(1, kMaxConfirmSize), MessageType::kConfirm).ok());
    CHECK_FALSE(decode_message_header(header(1, kMaxConfirmSize + 1), MessageType::kConfirm).ok());
    CHECK(decode_message_header(header(2, kAcceptSize), MessageType::kAccept).ok());
    CHECK_FALSE(decode_message_header(header(2, kAcceptSize + 1), MessageType::kAccept).ok());
    CHECK_FALSE(decode_message_header(header(1, UINT32_MAX), MessageType::kConfirm).ok());
    CHECK_FALSE(decode_message_header(header(3, 0), MessageType::kConfirm).ok());
    CHECK_FALSE(decode_message_header(Bytes(4), MessageType::kConfirm).ok());
}

TEST_CASE("A CONFIRM has evidence exactly when its mode asks for it") {
    const auto code = [](const Bytes& body) { return decode_confirm(body).error().code(); };
    CHECK(decode_confirm(body_with(with_evidence(), 1, 2)).ok());           // purpose channel
    CHECK(code(body_with(with_evidence(), 0, 0)) == ErrorCode::kProtocol);  // mode auto
    CHECK(code(body_with(with_evidence(), 0, 5)) == ErrorCode::kProtocol);  // no mode
    CHECK(code(body_with(with_evidence(), 0, 1)) == ErrorCode::kProtocol);  // off
    CHECK(code(body_with(with_evidence(), 1, 0)) == ErrorCode::kProtocol);  // no purpose
    CHECK(code(body_with(with_evidence(), 1, 4)) == ErrorCode::kProtocol);  // unknown purpose
    CHECK(code(body_with(with_evidence(), 3, 1)) == ErrorCode::kProtocol);  // reserved
    Confirm off;
    off.mode = attest::Mode::kOff;
    CHECK(decode_confirm(body_with(off, 2, 1)).ok());
    CHECK(code(body_with(off, 0, 2)) == ErrorCode::kProtocol);  // evidence is missing
    Bytes longer = body_with(off, 2, 1);
    longer.push_back(0);
    CHECK_FALSE(decode_confirm(longer).ok());
}

TEST_CASE("What does not fit into a CONFIRM is not sent") {
    const auto code = [](const Confirm& confirm) { return encode(confirm).error().code(); };
    Confirm confirm = with_evidence();
    confirm.job_id = std::string(kMaxJobIdSize + 1, 'j');
    CHECK(code(confirm) == ErrorCode::kExhausted);
    confirm = with_evidence();
    confirm.evidence.report = Bytes(attest::kMaxEvidenceSize + 1);
    CHECK(code(confirm) == ErrorCode::kExhausted);
    confirm = with_evidence();
    confirm.evidence.endorsements = Bytes(attest::kMaxEndorsementsSize + 1);
    CHECK(code(confirm) == ErrorCode::kExhausted);
    confirm.evidence = {Bytes(attest::kMaxEvidenceSize), Bytes(attest::kMaxEndorsementsSize)};
    confirm.job_id = std::string(kMaxJobIdSize, 'j');
    CHECK(encode(confirm)->size() == kMessageHeaderSize + kMaxConfirmSize);
}

}  // namespace ucx_crypto::handshake
