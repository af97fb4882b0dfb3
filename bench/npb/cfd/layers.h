#pragma once

#include "bench/npb/cfd/block.h"

namespace ucx_crypto::npb {

/// Some layers of a block across one axis, over the points of the others: what goes to a neighbour.
struct Layers {
    int axis;
    int begin;  ///< negative or behind the block's end: ghosts
    int count = kGhosts;

    [[nodiscard]] std::size_t points(const Block& block) const {
        std::size_t product = static_cast<std::size_t>(count);
        for (int other = 0; other < 3; ++other) {
            product *= other == axis ? 1 : static_cast<std::size_t>(block.count[other]);
        }
        return product;
    }

    /// Calls use(number) for every point.
    template <typename Use>
    void for_each(const Block& block, Use use) const {
        std::array<int, 3> first{};
        std::array<int, 3> end = block.count;
        first[axis] = begin;
        end[axis] = begin + count;
        block.for_each(first, end, [&](int, int, int, std::ptrdiff_t point) { use(point); });
    }

    /// Copies `values` there to `to`, and returns the end of what has been written.
    double* pack(const Block& block, const Values& values, double* to) const {
        for_each(block, [&](std::ptrdiff_t point) {
            to = std::copy_n(values.at(point), values.width(), to);
        });
        return to;
    }
    /// Copies `values` there from `from`, and returns the end of what has been read.
    const double* unpack(const Block& block, const double* from, Values& values) const {
        for_each(block, [&](std::ptrdiff_t point) {
            std::copy_n(from, values.width(), values.at(point));
            from += values.width();
        });
        return from;
    }
};

}  // namespace ucx_crypto::npb
