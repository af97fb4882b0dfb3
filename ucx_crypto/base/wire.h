// Bounded reading and writing of wire structures.
//
// Both are sticky: the first access outside the bounds sets a failure, later accesses read zeros or
// write nothing, and finish() reports it. So a parser reads all fields and checks once.
#pragma once

#include <array>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"

namespace ucx_crypto {

/// Reads from a view that it does not own. Integers are big-endian (network order) unless named
/// _le.
class WireReader {
  public:
    explicit WireReader(ByteView input) : input_(input) {}

    uint8_t u8() { return static_cast<uint8_t>(integer<1>()); }
    uint16_t u16() { return static_cast<uint16_t>(integer<2>()); }
    uint32_t u32() { return static_cast<uint32_t>(integer<4>()); }
    uint64_t u64() { return integer<8>(); }
    uint32_t u32_le() { return static_cast<uint32_t>(integer_le<4>()); }
    uint64_t u64_le() { return integer_le<8>(); }

    /// The next `size` bytes, as a view into the input; empty after a failure.
    ByteView bytes(size_t size) {
        // offset_ <= input_.size() always holds, so the subtraction cannot wrap.
        if (failed_ || size > input_.size() - offset_) {
            failed_ = true;
            return {};
        }
        const ByteView view = input_.subspan(offset_, size);
        offset_ += size;
        return view;
    }

    template <size_t N>
    std::array<uint8_t, N> array() {
        std::array<uint8_t, N> value{};
        const ByteView view = bytes(N);
        if (view.size() == N) {
            std::memcpy(value.data(), view.data(), N);
        }
        return value;
    }

    /// A field of 16-bit length and that many bytes, refused when longer than `limit`.
    ByteView field16(size_t limit);
    /// The same with a 32-bit length.
    ByteView field32(size_t limit);

    void skip(size_t size) { bytes(size); }
    size_t offset() const { return offset_; }
    size_t remaining() const { return failed_ ? 0 : input_.size() - offset_; }
    bool ok() const { return !failed_; }

    /// Success when nothing failed and every byte was read. `what` names the structure in the
    /// error.
    Status finish(std::string_view what) const;

  private:
    // Integers are here and of known sizes: they become one load or store, which costs nothing
    // beside a record and which the processor can pass on to a wider access.
    template <size_t kSize>
    uint64_t integer() {
        const ByteView view = bytes(kSize);
        uint64_t value = 0;
        for (size_t i = 0; i < kSize && !view.empty(); ++i) {
            value = value << 8 | view[i];
        }
        return value;
    }

    template <size_t kSize>
    uint64_t integer_le() {
        const ByteView view = bytes(kSize);
        uint64_t value = 0;
        for (size_t i = 0; i < kSize && !view.empty(); ++i) {
            value |= uint64_t{view[i]} << (8 * i);
        }
        return value;
    }

    ByteView input_;
    size_t offset_ = 0;
    bool failed_ = false;
};

/// Writes into a view that it does not own.
class WireWriter {
  public:
    explicit WireWriter(MutableByteView output) : output_(output) {}

    void u8(uint8_t value) { integer<1>(value); }
    void u16(uint16_t value) { integer<2>(value); }
    void u32(uint32_t value) { integer<4>(value); }
    void u64(uint64_t value) { integer<8>(value); }
    void u32_le(uint32_t value) { integer_le<4>(value); }
    void u64_le(uint64_t value) { integer_le<8>(value); }
    void bytes(ByteView value);
    void zeros(size_t size);
    void field16(ByteView value);
    void field32(ByteView value);

    size_t size() const { return offset_; }
    bool ok() const { return !failed_; }

    /// What was written, or kExhausted when something did not fit.
    Result<MutableByteView> finish(std::string_view what) const;

  private:
    template <size_t kSize>
    void integer(uint64_t value) {
        if (uint8_t* place = claim(kSize); place != nullptr) {
            for (size_t i = 0; i < kSize; ++i) {
                place[i] = static_cast<uint8_t>(value >> (8 * (kSize - 1 - i)));
            }
        }
    }

    template <size_t kSize>
    void integer_le(uint64_t value) {
        if (uint8_t* place = claim(kSize); place != nullptr) {
            for (size_t i = 0; i < kSize; ++i) {
                place[i] = static_cast<uint8_t>(value >> (8 * i));
            }
        }
    }

    /// Where the next `size` bytes go, or null once something did not fit.
    uint8_t* claim(size_t size) {
        if (failed_ || size > output_.size() - offset_) {
            failed_ = true;
            return nullptr;
        }
        uint8_t* place = output_.data() + offset_;
        offset_ += size;
        return place;
    }

    MutableByteView output_;
    size_t offset_ = 0;
    bool failed_ = false;
};

}  // namespace ucx_crypto
