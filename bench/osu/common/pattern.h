#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace ucx_crypto::osu {

/// Names one message, and thereby its contents.
struct MessageId {
    std::uint64_t iteration = 0;  ///< counts messages of one stream; never repeats within a run
    std::uint64_t stream = 0;     ///< who sends it: a rank, or a pair of ranks

    friend bool operator==(const MessageId&, const MessageId&) = default;
};

/// The first byte that is not what it should be.
struct Mismatch {
    std::size_t offset = 0;
    std::uint8_t expected = 0;
    std::uint8_t found = 0;
};

/// The byte at `offset` of message `id`. It depends on iteration, stream and offset; two iterations
/// of one stream that are less than 256 apart differ in every byte, so that even a stale message of
/// one byte is found.
[[nodiscard]] std::uint8_t pattern_byte(MessageId id, std::size_t offset);

/// Fills `message` with the pattern of `id`.
void fill_pattern(MessageId id, std::span<std::byte> message);

/// Compares every byte of `message` with the pattern of `id`.
[[nodiscard]] std::optional<Mismatch> check_pattern(MessageId id,
                                                    std::span<const std::byte> message);

/// Two bytes that are added up: their sum is at most 255 and can be each of 0 to 255; the addend is
/// 0 only where the sum is, so that one that was not added, or added twice, is found.
struct ByteSum {
    std::uint8_t before = 0;
    std::uint8_t addend = 0;
    std::uint8_t sum = 0;
};

/// The byte at `offset` of a sum named by `id`. Sums of two iterations of one stream that are less
/// than 256 apart differ in every byte.
[[nodiscard]] ByteSum pattern_sum(MessageId id, std::size_t offset);

/// Element `index` of a reduction's input: a whole number in [0, 2303], so that a float holds the
/// sum over up to 7000 ranks exactly. Two iterations less than 256 apart give different sums.
[[nodiscard]] std::uint32_t pattern_number(MessageId id, std::size_t index);

}  // namespace ucx_crypto::osu
