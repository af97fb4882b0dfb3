#include "bench/npb/mg/level.h"

namespace ucx_crypto::npb {

Axis::Axis(int points, int all, int here)
    : count(points / all), first(here * (points / all)), stride(1), process(here), processes(all) {
    if (points < all) {
        stride = all / points;
        const bool has_point = (here + 1) % stride == 0;  // the last of each group of processes
        count = has_point ? 1 : 0;
        first = has_point ? (here + 1) / stride - 1 : 0;
    }
}

Arrangement::Arrangement(int all, int rank) {
    processes = {1, 1, 1};
    for (int axis = 2; all > processes[0] * processes[1] * processes[2]; axis = (axis + 2) % 3) {
        processes[axis] *= 2;
    }
    place = {rank % processes[0], rank / processes[0] % processes[1],
             rank / processes[0] / processes[1]};
}

int Arrangement::rank_at(int axis, int place_there) const {
    std::array<int, 3> there = place;
    there[axis] = place_there;
    return (there[2] * processes[1] + there[1]) * processes[0] + there[0];
}

Level::Level(const Arrangement& arrangement, int log2)
    : axes{Axis(1 << log2, arrangement.processes[0], arrangement.place[0]),
           Axis(1 << log2, arrangement.processes[1], arrangement.place[1]),
           Axis(1 << log2, arrangement.processes[2], arrangement.place[2])} {}

Field::Field(const Level& level)
    : extents_{level.axes[0].count + 2, level.axes[1].count + 2, level.axes[2].count + 2},
      values_(static_cast<std::size_t>(extents_[0]) * static_cast<std::size_t>(extents_[1]) *
              static_cast<std::size_t>(extents_[2])) {}

}  // namespace ucx_crypto::npb
