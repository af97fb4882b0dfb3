#pragma once

#include <cstdint>
#include <span>

namespace ucx_crypto::npb {

/// The pseudorandom numbers of the specification (NPB 1 report, section 2.3): x(k+1) = a x(k) mod
/// 2^46, each number being x(k) 2^-46 in (0, 1). Integers hold every state exactly.
class Random {
  public:
    static constexpr std::uint64_t kMultiplier = 1220703125;  ///< a = 5^13

    explicit constexpr Random(std::uint64_t seed, std::uint64_t multiplier = kMultiplier)
        : state_(seed & kMask), multiplier_(multiplier & kMask) {}

    /// The next number.
    constexpr double next() {
        state_ = state_ * multiplier_ & kMask;
        return static_cast<double>(state_) * kScale;
    }

    constexpr void fill(std::span<double> numbers) {
        for (double& number : numbers) {
            number = next();
        }
    }

    /// As `count` calls of next() do, in about log2(count) steps.
    constexpr void skip(std::uint64_t count) {
        std::uint64_t factor = multiplier_;
        for (; count != 0; count >>= 1) {
            if ((count & 1) != 0) {
                state_ = state_ * factor & kMask;
            }
            factor = factor * factor & kMask;
        }
    }

    [[nodiscard]] constexpr std::uint64_t state() const { return state_; }

  private:
    static constexpr std::uint64_t kMask = (std::uint64_t{1} << 46) - 1;
    static constexpr double kScale = 1.0 / static_cast<double>(std::uint64_t{1} << 46);

    std::uint64_t state_;
    std::uint64_t multiplier_;
};

}  // namespace ucx_crypto::npb
