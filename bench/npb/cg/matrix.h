#pragma once

#include <vector>

namespace ucx_crypto::npb {

/// Indices from `first` to one before `end`.
struct Range {
    int first = 0;
    int end = 0;

    [[nodiscard]] int size() const { return end - first; }
    [[nodiscard]] bool contains(int index) const { return index >= first && index < end; }
};

/// A block of a sparse matrix by rows; rows and columns count from the block's corner.
struct SparseBlock {
    std::vector<int> row_start;  ///< of each row in the two below, and one behind the last
    std::vector<int> columns;    ///< ascending within a row
    std::vector<double> values;

    /// result = block * vector
    void multiply(const std::vector<double>& vector, std::vector<double>& result) const;
};

/// The block of the specification's matrix of order `n` (NPB 1 report, section 2.5): the sum over i
/// of w(i) v(i) v(i)^T with random sparse vectors v(i) of `nonzeros` elements beside their i-th,
/// weights w(i) that fall geometrically from 1 to 0.1, plus (0.1 - `shift`) on the diagonal.
[[nodiscard]] SparseBlock make_block(int n, int nonzeros, double shift, Range rows, Range columns);

}  // namespace ucx_crypto::npb
