#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace ucx_crypto::npb {

inline constexpr int kComponents = 5;  ///< density, three of momentum, energy
inline constexpr int kGhosts = 2;      ///< layers around a block: as far as the dissipation reaches

/// One process's box of points of the pseudo-applications' grid, which has `n` on each axis.
/// Indices of points count from the box's corner; those of ghosts are negative or behind its end.
struct Block {
    int n = 0;
    std::array<int, 3> first{};  ///< of the whole grid, on each axis
    std::array<int, 3> count{};

    /// How far apart the numbers of neighbouring points on `axis` are.
    [[nodiscard]] std::ptrdiff_t stride(int axis) const {
        std::ptrdiff_t product = 1;
        for (int lower = 0; lower < axis; ++lower) {
            product *= count[lower] + 2 * kGhosts;
        }
        return product;
    }
    /// The number of a point, ghosts being counted: x runs fastest.
    [[nodiscard]] std::ptrdiff_t point(int x, int y, int z) const {
        return (z + kGhosts) * stride(2) + (y + kGhosts) * stride(1) + (x + kGhosts);
    }
    [[nodiscard]] std::size_t points() const { return static_cast<std::size_t>(stride(3)); }

    /// The points here that are not on the whole grid's boundary: from begin to one before end.
    [[nodiscard]] int interior_begin(int axis) const { return first[axis] == 0 ? 1 : 0; }
    [[nodiscard]] int interior_end(int axis) const {
        return first[axis] + count[axis] == n ? count[axis] - 1 : count[axis];
    }

    /// Calls use(x, y, z, number) for the points from begin to one before end.
    template <typename Use>
    void for_each(std::array<int, 3> begin, std::array<int, 3> end, Use use) const {
        for (int z = begin[2]; z < end[2]; ++z) {
            for (int y = begin[1]; y < end[1]; ++y) {
                for (int x = begin[0]; x < end[0]; ++x) {
                    use(x, y, z, point(x, y, z));
                }
            }
        }
    }
    template <typename Use>
    void for_each_point(Use use) const {
        for_each({0, 0, 0}, count, use);
    }
    template <typename Use>
    void for_each_interior(Use use) const {
        for_each({interior_begin(0), interior_begin(1), interior_begin(2)},
                 {interior_end(0), interior_end(1), interior_end(2)}, use);
    }
    /// Likewise, with the number alone, for those at `index` of `axis`.
    template <typename Use>
    void for_each_interior_at(int axis, int index, Use use) const {
        std::array<int, 3> begin{};
        std::array<int, 3> end{};
        for (int other = 0; other < 3; ++other) {
            begin[other] = other == axis ? index : interior_begin(other);
            end[other] = other == axis ? index + 1 : interior_end(other);
        }
        for_each(begin, end, [&](int, int, int, std::ptrdiff_t point) { use(point); });
    }
};

/// Values at a block's points and ghosts, `width` of them at each, together.
class Values {
  public:
    explicit Values(const Block& block, int width = kComponents, double initial = 0)
        : width_(width), values_(block.points() * static_cast<std::size_t>(width), initial) {}

    [[nodiscard]] int width() const { return width_; }
    [[nodiscard]] double* at(std::ptrdiff_t point) { return values_.data() + point * width_; }
    [[nodiscard]] const double* at(std::ptrdiff_t point) const {
        return values_.data() + point * width_;
    }
    void clear() { std::fill(values_.begin(), values_.end(), 0.0); }

  private:
    int width_;
    std::vector<double> values_;
};

}  // namespace ucx_crypto::npb
