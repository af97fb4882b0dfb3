#include "ucx_crypto/base/wire.h"

namespace ucx_crypto {

ByteView WireReader::bytes(size_t size) {
    // offset_ <= input_.size() always holds, so the subtraction cannot wrap.
    if (failed_ || size > input_.size() - offset_) {
        failed_ = true;
        return {};
    }
    const ByteView view = input_.subspan(offset_, size);
    offset_ += size;
    return view;
}

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

uint64_t WireReader::integer(size_t size) {
    uint64_t value = 0;
    for (const uint8_t byte : bytes(size)) {
        value = value << 8 | byte;
    }
    return value;
}

uint64_t WireReader::integer_le(size_t size) {
    uint64_t value = 0;
    unsigned shift = 0;
    for (const uint8_t byte : bytes(size)) {
        value |= uint64_t{byte} << shift;
        shift += 8;
    }
    return value;
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

uint8_t* WireWriter::claim(size_t size) {
    if (failed_ || size > output_.size() - offset_) {
        failed_ = true;
        return nullptr;
    }
    uint8_t* place = output_.data() + offset_;
    offset_ += size;
    return place;
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

void WireWriter::integer(uint64_t value, size_t size) {
    uint8_t* place = claim(size);
    if (place == nullptr) {
        return;
    }
    for (size_t i = 0; i < size; ++i) {
        place[i] = static_cast<uint8_t>(value >> (8 * (size - 1 - i)));
    }
}

void WireWriter::integer_le(uint64_t value, size_t size) {
    uint8_t* place = claim(size);
    if (place == nullptr) {
        return;
    }
    for (size_t i = 0; i < size; ++i) {
        place[i] = static_cast<uint8_t>(value >> (8 * i));
    }
}

Result<MutableByteView> WireWriter::finish(std::string_view what) const {
    if (failed_) {
        return Error(ErrorCode::kExhausted, std::string(what) + ": does not fit into " +
                                                std::to_string(output_.size()) + " bytes");
    }
    return output_.first(offset_);
}

}  // namespace ucx_crypto
