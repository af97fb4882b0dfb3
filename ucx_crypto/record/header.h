// The clear header of a record (WIRE.md). All of it is associated data.
#pragma once

#include "ucx_crypto/record/record.h"

namespace ucx_crypto::record {

struct Header {
    RecordType type;
    uint16_t epoch;
    uint32_t length;  ///< of ciphertext and tag
};

using HeaderBytes = std::array<uint8_t, kHeaderSize>;

HeaderBytes encode(const Header& header);

/// kProtocol for an unknown type or version, and for a length below a tag's or above what
/// `max_plaintext` allows.
Result<Header> decode(ByteView bytes, size_t max_plaintext);

}  // namespace ucx_crypto::record
