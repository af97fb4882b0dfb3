#pragma once

#include <mpi.h>

#include <functional>
#include <vector>

#include "bench/npb/cfd/block.h"
#include "bench/npb/common/program.h"

namespace ucx_crypto::npb {

/// The layout of BT and SP on q^2 processes: the grid is cut into q^3 cells, of which each process
/// has q along a diagonal, so that in every slice across every axis it has exactly one. A line
/// solver that goes from slice to slice keeps all processes busy; and the neighbours of a process's
/// cells on one side all belong to one process.
class Multipartition {
  public:
    Multipartition(int n, World world);

    [[nodiscard]] int n() const { return n_; }
    [[nodiscard]] const std::vector<Block>& cells() const { return cells_; }

    /// Fills the ghosts beside all cells, `values` having those of each cell: one message to each
    /// of six neighbours. Collective.
    void exchange(std::vector<Values>& values);

    /// What a line solver does with the cell in one slice: with `before` from the process of the
    /// slice before (empty in the first slice) it makes what that of the next one needs.
    using Step = std::function<void(std::size_t cell, const std::vector<double>& before,
                                    std::vector<double>& behind)>;

    /// Goes through the slices across `axis` in ascending order (`side` 1) or descending order
    /// (-1); a message carries `numbers` for each point of the face between two cells. Collective.
    void sweep(int axis, int side, int numbers, const Step& step);

  private:
    /// The cell of this process in a slice across `axis`.
    [[nodiscard]] std::size_t cell_in(int axis, int slice) const;
    [[nodiscard]] int face_points(int axis, std::size_t cell) const;

    int n_;
    int q_;
    std::vector<Block> cells_;
    std::vector<std::array<int, 3>> places_;        ///< of the cells among the q^3
    std::array<std::array<int, 2>, 3> neighbours_;  ///< by axis: before, behind
    std::array<std::vector<double>, 6> outgoing_, incoming_;
    std::vector<double> before_, behind_, sent_;
};

}  // namespace ucx_crypto::npb
