#pragma once

#include <span>

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

}  // namespace ucx_crypto::osu
