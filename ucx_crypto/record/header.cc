#include "ucx_crypto/record/header.h"

#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::record {

static_assert(kHeaderSize == sizeof(uint8_t) * 2 + sizeof(uint16_t) + sizeof(uint32_t));

HeaderBytes encode(const Header& header) {
    HeaderBytes bytes{};
    WireWriter writer(bytes);
    writer.u8(static_cast<uint8_t>(header.type));
    writer.u8(kRecordVersion);
    writer.u16(header.epoch);
    writer.u32(header.length);
    return bytes;
}

Result<Header> decode(ByteView bytes, size_t max_plaintext) {
    WireReader reader(bytes);
    const uint8_t type = reader.u8();
    const uint8_t version = reader.u8();
    const uint16_t epoch = reader.u16();
    const uint32_t length = reader.u32();
    UCX_CRYPTO_TRY(reader.finish("record header"));
    if (version != kRecordVersion) {
        return Error(ErrorCode::kProtocol,
                     "record: expected version 1, found " + std::to_string(version));
    }
    if (type < static_cast<uint8_t>(RecordType::kData) ||
        type > static_cast<uint8_t>(RecordType::kKeepalive)) {
        return Error(ErrorCode::kProtocol,
                     "record: expected type 1 to 4, found " + std::to_string(type));
    }
    const auto record_type = static_cast<RecordType>(type);
    const size_t largest = record_type == RecordType::kData ? max_plaintext : 0;
    if (length < aead::kTagSize || length > largest + aead::kTagSize) {
        return Error(ErrorCode::kProtocol, "record: expected at most " +
                                               std::to_string(largest + aead::kTagSize) +
                                               " bytes, found " + std::to_string(length));
    }
    return Header{record_type, epoch, length};
}

}  // namespace ucx_crypto::record
