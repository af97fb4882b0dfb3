#include "bench/npb/mg/stencils.h"

#include <vector>

namespace ucx_crypto::npb {
namespace {

/// For each x, the sums of the four neighbours that differ in one of y and z, and in both.
struct RowSums {
    explicit RowSums(const Field& field)
        : edges(static_cast<std::size_t>(field.extent(0))), corners(edges.size()) {}

    void add_up(const Field& field, int y, int z) {
        const double* const south = field.row(y - 1, z);
        const double* const north = field.row(y + 1, z);
        const double* const down = field.row(y, z - 1);
        const double* const up = field.row(y, z + 1);
        const double* const south_down = field.row(y - 1, z - 1);
        const double* const north_down = field.row(y + 1, z - 1);
        const double* const south_up = field.row(y - 1, z + 1);
        const double* const north_up = field.row(y + 1, z + 1);
        double* const edge = edges.data();
        double* const corner = corners.data();
        const int width = field.extent(0);
        for (int x = 0; x < width; ++x) {
            edge[x] = south[x] + north[x] + down[x] + up[x];
            corner[x] = south_down[x] + north_down[x] + south_up[x] + north_up[x];
        }
    }

    std::vector<double> edges;
    std::vector<double> corners;
};

/// Calls use(y, z) for all rows of points.
template <typename Use>
void for_each_row(const Field& field, Use use) {
    for (int z = 1; z + 1 < field.extent(2); ++z) {
        for (int y = 1; y + 1 < field.extent(1); ++y) {
            use(y, z);
        }
    }
}

/// The index of a fine point, with ghosts, that lies on the coarse point of index `coarse`.
int center(const Axis& fine, int coarse) {
    return fine.stride > 1 || fine.count == 1 ? 1 : 2 * coarse;
}

/// The coarse indices between which the fine point of index `fine` lies; the same if on one.
struct Between {
    Between(const Axis& coarse_axis, const Axis& fine_axis, int fine) {
        const int point = fine_axis.first + fine - 1;  // -1 in the ghosts below the first
        low = (point + 1) / 2 - 1;
        high = point % 2 == 0 ? low + 1 : low;
        // A process between points has the ghosts alone: the coarse points around its fine one.
        const int start = coarse_axis.active() ? coarse_axis.first - 1 : fine_axis.first / 2 - 1;
        low -= start;
        high -= start;
    }
    int low;
    int high;
};

}  // namespace

void residual(const Field& u, const Field& v, Field& r, const Weights& a) {
    RowSums sums(u);
    const double* const edge = sums.edges.data();
    const double* const corner = sums.corners.data();
    const int end = u.extent(0) - 1;
    for_each_row(u, [&](int y, int z) {
        sums.add_up(u, y, z);
        const double* const middle = u.row(y, z);
        const double* const right = v.row(y, z);
        double* const result = r.row(y, z);
        for (int x = 1; x < end; ++x) {
            result[x] = right[x] - a[0] * middle[x] -
                        a[2] * (corner[x] + edge[x - 1] + edge[x + 1]) -
                        a[3] * (corner[x - 1] + corner[x + 1]);
        }
    });
}

void smooth(const Field& r, Field& u, const Weights& c) {
    RowSums sums(r);
    const double* const edge = sums.edges.data();
    const double* const corner = sums.corners.data();
    const int end = r.extent(0) - 1;
    for_each_row(r, [&](int y, int z) {
        sums.add_up(r, y, z);
        const double* const middle = r.row(y, z);
        double* const result = u.row(y, z);
        for (int x = 1; x < end; ++x) {
            result[x] += c[0] * middle[x] + c[1] * (middle[x - 1] + middle[x + 1] + edge[x]) +
                         c[2] * (corner[x] + edge[x - 1] + edge[x + 1]);
        }
    });
}

void restrict_to(const Level& fine_level, const Field& fine, const Level& coarse_level,
                 Field& coarse) {
    RowSums sums(fine);
    const double* const edge = sums.edges.data();
    const double* const corner = sums.corners.data();
    const int count = coarse_level.axes[0].count;
    for_each_row(coarse, [&](int y, int z) {
        const int fine_y = center(fine_level.axes[1], y);
        const int fine_z = center(fine_level.axes[2], z);
        sums.add_up(fine, fine_y, fine_z);
        const double* const middle = fine.row(fine_y, fine_z);
        double* const result = coarse.row(y, z);
        for (int x = 1; x <= count; ++x) {
            const int i = center(fine_level.axes[0], x);
            result[x] = 0.5 * middle[i] + 0.25 * (middle[i - 1] + middle[i + 1] + edge[i]) +
                        0.125 * (edge[i - 1] + edge[i + 1] + corner[i]) +
                        0.0625 * (corner[i - 1] + corner[i + 1]);
        }
    });
}

void interpolate_from(const Level& coarse_level, const Field& coarse, const Level& fine_level,
                      Field& fine) {
    const auto between = [&](int axis, int index) {
        return Between(coarse_level.axes[axis], fine_level.axes[axis], index);
    };
    std::vector<Between> columns;
    columns.reserve(static_cast<std::size_t>(fine.extent(0)));
    for (int x = 0; x < fine.extent(0); ++x) {
        columns.push_back(between(0, x));
    }
    const int width = coarse.extent(0);
    std::vector<double> sum(static_cast<std::size_t>(width));  // four times the mean in y and z
    for (int z = 0; z < fine.extent(2); ++z) {
        const Between planes = between(2, z);
        for (int y = 0; y < fine.extent(1); ++y) {
            const Between rows = between(1, y);
            const double* const a = coarse.row(rows.low, planes.low);
            const double* const b = coarse.row(rows.high, planes.low);
            const double* const c = coarse.row(rows.low, planes.high);
            const double* const d = coarse.row(rows.high, planes.high);
            for (int x = 0; x < width; ++x) {
                sum[x] = (a[x] + b[x]) + (c[x] + d[x]);
            }
            double* const result = fine.row(y, z);
            for (int x = 0; x < fine.extent(0); ++x) {
                result[x] += 0.125 * (sum[columns[x].low] + sum[columns[x].high]);
            }
        }
    }
}

double sum_of_squares(const Field& field) {
    double sum = 0;
    for_each_row(field, [&](int y, int z) {
        const double* const row = field.row(y, z);
        for (int x = 1; x + 1 < field.extent(0); ++x) {
            sum += row[x] * row[x];
        }
    });
    return sum;
}

}  // namespace ucx_crypto::npb
