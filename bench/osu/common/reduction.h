#pragma once

#include <span>
#include <string_view>

#include "bench/osu/common/session.h"

namespace ucx_crypto::osu {

/// The input and the result of a reduction that sums floats over the ranks, and the check of it.
class Reduction {
  public:
    explicit Reduction(Session& session);

    [[nodiscard]] static int count(std::size_t size) {
        return static_cast<int>(size / sizeof(float));
    }
    [[nodiscard]] void* outgoing() { return outgoing_.data(); }
    [[nodiscard]] void* incoming() { return incoming_.data(); }

    /// Gives this rank's input its values.
    void fill(std::size_t size, int iteration);
    /// Checks `elements` results at incoming(), which are those from element `first` on.
    void check(std::size_t first, std::size_t elements, int iteration);

  private:
    Session& session_;
    Buffer outgoing_;
    Buffer incoming_;
};

/// A benchmark of such a reduction, with OSU's defaults.
constexpr Benchmark reduction_benchmark(std::string_view program, std::string_view title) {
    return {
        .program = program,
        .title = title,
        .min_size = sizeof(float),
        .max_size = std::size_t{1} << 20,
        .unit = sizeof(float),
        .small = {1000, 100},
        .large = {100, 10},
        .min_ranks = 2,
        .has_full = true,
    };
}

}  // namespace ucx_crypto::osu
