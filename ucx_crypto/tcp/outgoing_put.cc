#include "ucx_crypto/tcp/outgoing_put.h"

#include <algorithm>

namespace ucx_crypto::tcp {

OutgoingPut::OutgoingPut(uint64_t operation, const Token& token, uint64_t address,
                         std::span<const ByteView> parts, const void* owner,
                         const Completion& completion)
    : operation_(operation),
      token_(token),
      address_(address),
      length_(total_size(parts)),
      part_count_(parts.size()),
      owner_(owner),
      completion_(completion) {
    std::copy(parts.begin(), parts.end(), parts_.begin());
}

size_t OutgoingPut::record_size(size_t max_plaintext) const {
    const size_t overhead = kPutDataOverhead + (begun() ? 0 : kFrameHeaderSize + PutBegin::kSize);
    return std::min<uint64_t>(overhead + left(), std::min(kPutRecord, max_plaintext));
}

std::span<const ByteView> OutgoingPut::next_record(Record& record, size_t max_plaintext) {
    const size_t overhead = kPutDataOverhead + (begun() ? 0 : kFrameHeaderSize + PutBegin::kSize);
    const size_t chunk = record_size(max_plaintext) - overhead;
    size_t count = 0;
    if (!begun()) {
        record.begin_header = encode(FrameHeader{FrameKind::kPutBegin, 0, PutBegin::kSize});
        record.begin = encode(PutBegin{operation_, token_, address_, length_});
        record.parts[count++] = record.begin_header;
        record.parts[count++] = record.begin;
    }
    if (chunk != 0) {
        record.data_header = encode(
            FrameHeader{FrameKind::kPutData, 0, static_cast<uint32_t>(PutPosition::kSize + chunk)});
        record.position = encode(PutPosition{operation_, sealed_});
        record.parts[count++] = record.data_header;
        record.parts[count++] = record.position;
    }
    count += slice(std::span(parts_).first(part_count_), sealed_, chunk,
                   std::span(record.parts).subspan(count));
    sealed_ += chunk;
    return std::span<const ByteView>(record.parts).first(count);
}

}  // namespace ucx_crypto::tcp
