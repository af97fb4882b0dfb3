#include "ucx_crypto/base/wire.h"

namespace ucx_crypto {

ByteView WireReader::field16(size_t limit) {
    const size_t size = u16();
    failed_ = failed_ || size > limit;
    return bytes(size);
}

ByteView WireReader::field32(size_t limit) {
    const size_t size = u32();
    failed_ = failed_ || size > limit;
    return bytes(size);
}

Status WireReader::finish(std::string_view what) const {
    if (failed_) {
        return Error(ErrorCode::kProtocol,
                     std::string(what) + ": a field reaches beyond its bounds at byte " +
                         std::to_string(offset_) + " of " + std::to_string(input_.size()));
    }
    if (offset_ != input_.size()) {
        return Error(ErrorCode::kProtocol, std::string(what) + ": expected " +
                                               std::to_string(offset_) + " bytes, found " +
                                               std::to_string(input_.size()));
    }
    return success();
}

void WireWriter::bytes(ByteView value) {
    uint8_t* place = claim(value.size());
    if (place != nullptr && !value.empty()) {
        std::memcpy(place, value.data(), value.size());
    }
}

void WireWriter::zeros(size_t size) {
    uint8_t* place = claim(size);
    if (place != nullptr && size != 0) {
        std::memset(place, 0, size);
    }
}

void WireWriter::field16(ByteView value) {
    failed_ = failed_ || value.size() > UINT16_MAX;
    u16(static_cast<uint16_t>(value.size()));
    bytes(value);
}

void WireWriter::field32(ByteView value) {
    failed_ = failed_ || value.size() > UINT32_MAX;
    u32(static_cast<uint32_t>(value.size()));
    bytes(value);
}

Result<MutableByteView> WireWriter::finish(std::string_view what) const {
    if (failed_) {
        return Error(ErrorCode::kExhausted, std::string(what) + ": does not fit into " +
                                                std::to_string(output_.size()) + " bytes");
    }
    return output_.first(offset_);
}

}  // namespace ucx_crypto
