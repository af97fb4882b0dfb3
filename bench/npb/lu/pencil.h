#pragma once

#include <mpi.h>

#include <vector>

#include "bench/npb/cfd/block.h"
#include "bench/npb/common/program.h"

namespace ucx_crypto::npb {

/// LU's layout: processes form a grid over x and y, each has all of z. All communication is point
/// to point between neighbours.
class Pencil {
  public:
    Pencil(int n, World world);

    [[nodiscard]] const Block& block() const { return block_; }

    /// Fills the ghosts of `values` beside this process's points. Collective.
    void exchange(Values& values);

    /// One plane of a wavefront that runs upwards: waits for the points before this process's own
    /// in x and y; and hands on the last ones of its own.
    void receive_before(int z, Values& values) { receive(z, values, -1); }
    void send_behind(int z, const Values& values) { send(z, values, 1); }
    /// Likewise of one that runs downwards.
    void receive_behind(int z, Values& values) { receive(z, values, 1); }
    void send_before(int z, const Values& values) { send(z, values, -1); }

  private:
    void exchange_axis(int axis, Values& values);
    void receive(int z, Values& values, int side);
    void send(int z, const Values& values, int side);
    /// The process next to this one on `axis`, or MPI_PROC_NULL.
    [[nodiscard]] int neighbour(int axis, int side) const;

    std::array<int, 2> processes_{};
    std::array<int, 2> place_{};
    Block block_;
    std::vector<double> edge_, outgoing_, from_before_, from_behind_;
};

}  // namespace ucx_crypto::npb
