// A PUT on its way out: which records it becomes.
#pragma once

#include "ucx_crypto/record/record.h"
#include "ucx_crypto/tcp/frame.h"
#include "ucx_crypto/tcp/operation.h"
#include "ucx_crypto/tcp/parts.h"

namespace ucx_crypto::tcp {

/// Plaintext of the records of a large PUT. Sealed they fit one buffer of the kernel, which takes
/// 64 KiB less headers, in whole segments: one byte more, and each record would go through TCP as
/// two.
inline constexpr size_t kPutRecord = 63 * 1024 - record::kOverhead;

/// References the user's buffers until every record of it has been sealed.
class OutgoingPut {
  public:
    /// What one record is made of: these, and pieces of the user's buffers.
    struct Record {
        std::array<uint8_t, kFrameHeaderSize> begin_header;
        std::array<uint8_t, PutBegin::kSize> begin;
        std::array<uint8_t, kFrameHeaderSize> data_header;
        std::array<uint8_t, PutPosition::kSize> position;
        std::array<ByteView, kMaxParts + 4> parts;
    };

    /// At most kMaxParts parts. `operation`: its number among the peer's operations.
    OutgoingPut(uint64_t operation, const Token& token, uint64_t address,
                std::span<const ByteView> parts, const void* owner, const Completion& completion);

    uint64_t operation() const { return operation_; }
    const void* owner() const { return owner_; }
    const Completion& completion() const { return completion_; }
    /// Whether the peer may have heard of it.
    bool begun() const { return sealed_ != 0; }
    /// Payload that no record has been made of yet.
    uint64_t left() const { return length_ - sealed_; }
    /// Plaintext of the next record, where one may have `max_plaintext` bytes.
    size_t record_size(size_t max_plaintext) const;
    /// Goes on to the next record. What is returned points into `record` and the user's buffers.
    std::span<const ByteView> next_record(Record& record, size_t max_plaintext);

  private:
    uint64_t operation_;
    Token token_;
    uint64_t address_;
    uint64_t length_ = 0;
    uint64_t sealed_ = 0;
    std::array<ByteView, kMaxParts> parts_;
    size_t part_count_;
    const void* owner_;
    Completion completion_;
};

}  // namespace ucx_crypto::tcp
