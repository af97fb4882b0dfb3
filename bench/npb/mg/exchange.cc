#include "bench/npb/mg/exchange.h"

#include <mpi.h>

#include <algorithm>

namespace ucx_crypto::npb {
namespace {

constexpr int kUpwardsTag = 1;  // to a higher place: into the ghosts below the first point
constexpr int kDownwardsTag = 2;

/// What an exchange along `axis` carries: from the axes before it all with their ghosts, from those
/// behind it the points.
struct Layer {
    Layer(int axis, int index, const Field& field)
        : x(axis == 0 ? index : 0),
          width(axis == 0 ? 1 : field.extent(0)),
          first{axis == 0 ? 1 : 0, 1},
          end{axis == 0 ? field.extent(1) - 1 : field.extent(1), field.extent(2) - 1} {
        if (axis != 0) {
            first[axis - 1] = index;
            end[axis - 1] = index + 1;
        }
    }
    [[nodiscard]] std::size_t size() const {
        return static_cast<std::size_t>(width) * static_cast<std::size_t>(end[0] - first[0]) *
               static_cast<std::size_t>(end[1] - first[1]);
    }
    /// Calls use(start) for every run of `width` values.
    template <typename Use>
    void for_each_run(Field& field, Use use) const {
        for (int z = first[1]; z < end[1]; ++z) {
            for (int y = first[0]; y < end[0]; ++y) {
                use(field.row(y, z) + x);
            }
        }
    }

    int x;
    int width;
    int first[2];  // of y and z
    int end[2];
};

void pack(const Layer& layer, Field& field, std::vector<double>& buffer) {
    buffer.resize(layer.size());
    double* next = buffer.data();
    layer.for_each_run(field,
                       [&](const double* run) { next = std::copy_n(run, layer.width, next); });
}

void unpack(const Layer& layer, const std::vector<double>& buffer, Field& field) {
    const double* next = buffer.data();
    layer.for_each_run(field, [&](double* run) {
        std::copy_n(next, layer.width, run);
        next += layer.width;
    });
}

}  // namespace

void Exchange::fill(const Level& level, Field& field) {
    for (int axis = 0; axis < 3; ++axis) {
        fill_axis(axis, level.axes[axis], level.axes[axis].stride, field);
    }
}

void Exchange::fill_between(const Level& level, const Level& finer, Field& field) {
    for (int axis = 0; axis < 3; ++axis) {
        fill_axis(axis, level.axes[axis], finer.axes[axis].stride, field);
    }
}

void Exchange::send(int axis, const Axis& level, int index, int offset, Field& field) {
    const Layer layer(axis, index, field);
    pack(layer, field, outgoing_);
    MPI_Send(outgoing_.data(), static_cast<int>(layer.size()), MPI_DOUBLE,
             arrangement_.rank_at(axis, level.neighbour(offset)),
             offset > 0 ? kUpwardsTag : kDownwardsTag, MPI_COMM_WORLD);
}

void Exchange::fill_axis(int axis, const Axis& level, int finer_stride, Field& field) {
    const Layer below(axis, 0, field);
    const Layer above(axis, field.extent(axis) - 1, field);
    if (level.processes == 1) {
        pack(Layer(axis, level.count, field), field, outgoing_);
        unpack(below, outgoing_, field);
        pack(Layer(axis, 1, field), field, outgoing_);
        unpack(above, outgoing_, field);
        return;
    }
    // A process between two points of the level has them at the finer level's distance.
    const int distance = level.active() ? level.stride : finer_stride;
    from_below_.resize(below.size());
    from_above_.resize(above.size());
    MPI_Request upwards = MPI_REQUEST_NULL;
    MPI_Request downwards = MPI_REQUEST_NULL;
    MPI_Irecv(from_below_.data(), static_cast<int>(below.size()), MPI_DOUBLE,
              arrangement_.rank_at(axis, level.neighbour(-distance)), kUpwardsTag, MPI_COMM_WORLD,
              &upwards);
    MPI_Irecv(from_above_.data(), static_cast<int>(above.size()), MPI_DOUBLE,
              arrangement_.rank_at(axis, level.neighbour(distance)), kDownwardsTag, MPI_COMM_WORLD,
              &downwards);
    if (level.active()) {
        send(axis, level, level.count, level.stride, field);
        send(axis, level, 1, -level.stride, field);
        if (finer_stride < level.stride) {
            send(axis, level, level.count, finer_stride, field);
            send(axis, level, 1, -finer_stride, field);
        }
    }
    MPI_Wait(&upwards, MPI_STATUS_IGNORE);
    unpack(below, from_below_, field);
    MPI_Wait(&downwards, MPI_STATUS_IGNORE);
    unpack(above, from_above_, field);
}

}  // namespace ucx_crypto::npb
