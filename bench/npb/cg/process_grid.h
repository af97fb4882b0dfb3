#pragma once

#include <vector>

#include "bench/npb/cg/matrix.h"
#include "bench/npb/common/program.h"

namespace ucx_crypto::npb {

/// The two-dimensional grid of processes over which CG deals out its matrix of order `n`: as many
/// columns of processes as rows, or twice as many. Vectors are dealt out by columns: all processes
/// of a column hold the same part of a vector. All communication is point to point, as in NPB.
class ProcessGrid {
  public:
    ProcessGrid(int n, World world);

    [[nodiscard]] Range rows() const { return rows_; }        ///< of the matrix block here
    [[nodiscard]] Range columns() const { return columns_; }  ///< and of the vectors' parts

    /// The sum of `value` over the processes of a row; every one of them gets it.
    [[nodiscard]] double row_sum(double value) const;

    /// From partial products over a row's columns, in `partial` (rows().size() elements, changed),
    /// makes the product's part for this process's columns: sums over the row, then exchanges with
    /// the process across the diagonal.
    void sum_and_transpose(std::vector<double>& partial, std::vector<double>& part);

  private:
    /// Sends `sent` of `partial` to `partner` and adds what comes to our half.
    void add_from(int partner, std::vector<double>& partial, Range sent);
    [[nodiscard]] int in_row(int column) const { return row_ * grid_columns_ + column; }

    int grid_rows_;
    int grid_columns_;
    int row_;
    int column_;
    Range rows_;
    Range columns_;
    Range half_;      ///< of rows(), from 0: what this process has when the row's sums are done
    Range other_;     ///< the rest of rows(); empty in a square grid
    int transposed_;  ///< the process that needs it, and whose sums we need
    std::vector<double> incoming_;
};

}  // namespace ucx_crypto::npb
