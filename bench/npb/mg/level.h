#pragma once

#include <array>
#include <vector>

namespace ucx_crypto::npb {

/// One process's share of one axis on a multigrid level of `points` points, which are dealt out
/// over `processes` (both powers of two). Where there are fewer points than processes, a point
/// lives where the points of all finer levels at its place do, and the processes between have none.
struct Axis {
    Axis(int points, int processes, int process);

    int count;    ///< points here; 0 on a process between
    int first;    ///< the first of them
    int stride;   ///< distance of the processes that have points
    int process;  ///< this one's place on the axis
    int processes;

    [[nodiscard]] bool active() const { return count > 0; }
    /// The process at `offset` from here, the axis being a ring.
    [[nodiscard]] int neighbour(int offset) const {
        return (process + offset + processes) & (processes - 1);
    }
};

/// How processes are arranged over the axes x, y, z.
struct Arrangement {
    Arrangement(int processes, int rank);

    std::array<int, 3> processes{};
    std::array<int, 3> place{};

    /// The rank of the process that differs from this one in its place on `axis`.
    [[nodiscard]] int rank_at(int axis, int place_there) const;
};

/// One process's share of one level, 2^log2 points on each axis.
struct Level {
    Level(const Arrangement& arrangement, int log2);

    std::array<Axis, 3> axes;

    [[nodiscard]] bool active() const {
        return axes[0].active() && axes[1].active() && axes[2].active();
    }
    /// Whether every process has points.
    [[nodiscard]] bool everywhere() const {
        return axes[0].stride == 1 && axes[1].stride == 1 && axes[2].stride == 1;
    }
};

/// Values on one level's share, with one layer of ghosts around; x runs fastest, indices count the
/// ghosts: points are 1 to the axis's count.
class Field {
  public:
    explicit Field(const Level& level);

    [[nodiscard]] int extent(int axis) const { return extents_[axis]; }  ///< with ghosts
    /// The row along x at the given y and z.
    [[nodiscard]] double* row(int y, int z) { return values_.data() + offset(y, z); }
    [[nodiscard]] const double* row(int y, int z) const { return values_.data() + offset(y, z); }
    void clear() { values_.assign(values_.size(), 0.0); }

  private:
    [[nodiscard]] std::ptrdiff_t offset(int y, int z) const {
        return (static_cast<std::ptrdiff_t>(z) * extents_[1] + y) * extents_[0];
    }

    std::array<int, 3> extents_;
    std::vector<double> values_;
};

}  // namespace ucx_crypto::npb
