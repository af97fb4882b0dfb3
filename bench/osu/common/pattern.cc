#include "bench/osu/common/pattern.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace ucx_crypto::osu {
namespace {

static_assert(std::endian::native == std::endian::little, "words are laid out little-endian");

constexpr std::uint64_t kGoldenGamma = 0x9E3779B97F4A7C15;

/// The output function of SplitMix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/// The seed that 256 consecutive iterations share; what tells those apart is xored into each byte.
constexpr std::uint64_t block_seed(MessageId id) {
    return mix(mix(id.stream + kGoldenGamma) ^ ((id.iteration >> 8) * kGoldenGamma + 1));
}

constexpr std::uint64_t kEveryByte = 0x0101010101010101;

constexpr std::uint64_t word(std::uint64_t seed, MessageId id, std::size_t index) {
    return mix(seed + index * kGoldenGamma) ^ ((id.iteration & 0xFF) * kEveryByte);
}

}  // namespace

std::uint8_t pattern_byte(MessageId id, std::size_t offset) {
    return static_cast<std::uint8_t>(word(block_seed(id), id, offset / 8) >> (offset % 8 * 8));
}

void fill_pattern(MessageId id, std::span<std::byte> message) {
    const std::uint64_t seed = block_seed(id);
    for (std::size_t at = 0; at < message.size(); at += 8) {
        const std::uint64_t value = word(seed, id, at / 8);
        std::memcpy(&message[at], &value, std::min<std::size_t>(8, message.size() - at));
    }
}

std::optional<Mismatch> check_pattern(MessageId id, std::span<const std::byte> message) {
    const std::uint64_t seed = block_seed(id);
    for (std::size_t at = 0; at < message.size(); at += 8) {
        const std::uint64_t expected = word(seed, id, at / 8);
        const std::size_t bytes = std::min<std::size_t>(8, message.size() - at);
        if (std::memcmp(&message[at], &expected, bytes) == 0) {
            continue;
        }
        for (std::size_t byte = 0; byte < bytes; ++byte) {
            const auto want = static_cast<std::uint8_t>(expected >> (byte * 8));
            const auto have = static_cast<std::uint8_t>(message[at + byte]);
            if (want != have) {
                return Mismatch{at + byte, want, have};
            }
        }
    }
    return std::nullopt;
}

ByteSum pattern_sum(MessageId id, std::size_t offset) {
    const unsigned sum = pattern_byte(id, offset);
    const unsigned other = pattern_byte({id.iteration, id.stream + 1}, offset);
    const unsigned addend = sum == 0 ? 0 : 1 + other % sum;
    return {static_cast<std::uint8_t>(sum - addend), static_cast<std::uint8_t>(addend),
            static_cast<std::uint8_t>(sum)};
}

std::uint32_t pattern_number(MessageId id, std::size_t index) {
    const std::uint64_t noise = mix(block_seed(id) + index * kGoldenGamma) & 0x7FF;
    return static_cast<std::uint32_t>(noise + (id.iteration & 0xFF));
}

}  // namespace ucx_crypto::osu
