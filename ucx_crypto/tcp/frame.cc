#include "ucx_crypto/tcp/frame.h"

namespace ucx_crypto::tcp {

std::array<uint8_t, kFrameHeaderSize> encode(const FrameHeader& header) {
    std::array<uint8_t, kFrameHeaderSize> bytes{};
    WireWriter writer(bytes);
    writer.u8(static_cast<uint8_t>(header.kind));
    writer.u8(header.am_id);
    writer.u16(0);
    writer.u32(header.length);
    return bytes;
}

std::array<uint8_t, PutBegin::kSize> encode(const PutBegin& begin) {
    std::array<uint8_t, PutBegin::kSize> bytes{};
    WireWriter writer(bytes);
    writer.u64(begin.operation);
    writer.bytes(begin.token);
    writer.u64(begin.address);
    writer.u64(begin.length);
    return bytes;
}

std::array<uint8_t, PutPosition::kSize> encode(const PutPosition& position) {
    std::array<uint8_t, PutPosition::kSize> bytes{};
    WireWriter writer(bytes);
    writer.u64(position.operation);
    writer.u64(position.offset);
    return bytes;
}

std::array<uint8_t, 8> encode_u64(uint64_t value) {
    std::array<uint8_t, 8> bytes{};
    WireWriter(bytes).u64(value);
    return bytes;
}

Result<Frame> take_frame(ByteView& rest) {
    WireReader reader(rest);
    const uint8_t kind = reader.u8();
    const uint8_t am_id = reader.u8();
    const uint16_t reserved = reader.u16();
    const uint32_t length = reader.u32();
    const bool split = kind == static_cast<uint8_t>(FrameKind::kSplitMessage);
    if (split && reader.ok() && length <= reader.remaining()) {
        return Error(ErrorCode::kProtocol, "frame: a split message that is complete");
    }
    const ByteView body = reader.bytes(split ? reader.remaining() : length);
    if (!reader.ok()) {
        return Error(ErrorCode::kProtocol,
                     "frame: expected at most " + std::to_string(rest.size()) +
                         " bytes, found a length of " + std::to_string(length));
    }
    if (kind < static_cast<uint8_t>(FrameKind::kActiveMessage) ||
        kind > static_cast<uint8_t>(FrameKind::kSplitMessage) || reserved != 0) {
        return Error(ErrorCode::kProtocol, "frame: unknown kind " + std::to_string(kind));
    }
    if (am_id >= kActiveMessageIds) {
        return Error(ErrorCode::kProtocol, "frame: expected an AM id below " +
                                               std::to_string(kActiveMessageIds) + ", found " +
                                               std::to_string(am_id));
    }
    if (am_id != 0 && kind != static_cast<uint8_t>(FrameKind::kActiveMessage) && !split) {
        return Error(ErrorCode::kProtocol, "frame: expected an AM id in active messages only");
    }
    rest = rest.subspan(reader.offset());
    return Frame{{static_cast<FrameKind>(kind), am_id, length}, body};
}

Result<PutBegin> decode_put_begin(ByteView body) {
    WireReader reader(body);
    PutBegin begin{};
    begin.operation = reader.u64();
    begin.token = reader.array<kTokenSize>();
    begin.address = reader.u64();
    begin.length = reader.u64();
    UCX_CRYPTO_TRY(reader.finish("PUT_BEGIN"));
    return begin;
}

Result<PutPosition> decode_put_position(ByteView body, ByteView& payload) {
    WireReader reader(body);
    PutPosition position{};
    position.operation = reader.u64();
    position.offset = reader.u64();
    payload = reader.bytes(reader.remaining());
    UCX_CRYPTO_TRY(reader.finish("PUT_DATA"));
    return position;
}

Result<uint64_t> decode_u64(ByteView body) {
    WireReader reader(body);
    const uint64_t value = reader.u64();
    UCX_CRYPTO_TRY(reader.finish("frame"));
    return value;
}

}  // namespace ucx_crypto::tcp
