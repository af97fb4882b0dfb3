#pragma once

#include "bench/npb/cfd/adi.h"

namespace ucx_crypto::npb {

/// SP's solver: the factor of each axis is diagonalised, which leaves five scalar systems with five
/// diagonals on every line, of three kinds.
class Pentadiagonal {
  public:
    explicit Pentadiagonal(Adi& adi);

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
    std::vector<Values> speed_;  ///< of sound
    std::vector<Values>
        reduced_;  ///< of each kind's row: its two upper diagonals, the main being 1
};

}  // namespace ucx_crypto::npb
