#pragma once

#include <vector>

#include "bench/npb/mg/level.h"

namespace ucx_crypto::npb {

/// Fills ghosts by exchanging faces point to point, axis after axis, so that edges and corners come
/// along. The grid is periodic.
class Exchange {
  public:
    explicit Exchange(const Arrangement& arrangement) : arrangement_(arrangement) {}

    /// The ghosts of `field` on the processes that have points of `level`. Collective among those.
    void fill(const Level& level, Field& field);

    /// Likewise on all processes that have points of `finer`, the next level: those between the
    /// points of `level` get theirs from both sides. Collective among these.
    void fill_between(const Level& level, const Level& finer, Field& field);

  private:
    void fill_axis(int axis, const Axis& level, int finer_stride, Field& field);
    /// Sends the layer at `index` to the process at `offset`.
    void send(int axis, const Axis& level, int index, int offset, Field& field);

    const Arrangement& arrangement_;
    std::vector<double> outgoing_, from_below_, from_above_;
};

}  // namespace ucx_crypto::npb
