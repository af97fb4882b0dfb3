#pragma once

#include "bench/npb/cfd/adi.h"

namespace ucx_crypto::npb {

/// BT's solver: the factor of each axis is a system on every line that is tridiagonal in blocks of
/// 5 x 5.
class BlockTridiagonal {
  public:
    explicit BlockTridiagonal(Adi& adi);

    /// One step in time. Collective.
    void step();

  private:
    template <int axis>
    void solve_lines();
    template <int axis>
    void eliminate(std::size_t cell);
    template <int axis>
    void substitute(std::size_t cell);

    Adi& adi_;
    std::vector<Values>
        upper_;  ///< of each row, the block above the diagonal, which has become one
};

}  // namespace ucx_crypto::npb
