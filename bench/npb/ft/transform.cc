#include "bench/npb/ft/transform.h"

#include <algorithm>

namespace ucx_crypto::npb {
namespace {

/// to[column][row] = from[row][column], by tiles that fit the cache.
void transpose(const std::vector<Complex>& from, std::ptrdiff_t rows, std::ptrdiff_t columns,
               std::vector<Complex>& to) {
    constexpr std::ptrdiff_t kTile = 32;
    for (std::ptrdiff_t row = 0; row < rows; row += kTile) {
        const std::ptrdiff_t row_end = std::min(row + kTile, rows);
        for (std::ptrdiff_t column = 0; column < columns; column += kTile) {
            const std::ptrdiff_t column_end = std::min(column + kTile, columns);
            for (std::ptrdiff_t c = column; c < column_end; ++c) {
                for (std::ptrdiff_t r = row; r < row_end; ++r) {
                    to[c * rows + r] = from[r * columns + c];
                }
            }
        }
    }
}

/// Pencils are cut into one piece for each process, and the pieces of a process lie together; or
/// the other way round.
template <typename Copy>
void for_each_piece(const Grid& grid, Copy copy) {
    const std::ptrdiff_t length = grid.planes;
    for (std::ptrdiff_t process = 0; process < grid.world.size; ++process) {
        for (std::ptrdiff_t pencil = 0; pencil < grid.pencils; ++pencil) {
            copy((process * grid.pencils + pencil) * length, pencil * grid.nz + process * length,
                 length);
        }
    }
}

}  // namespace

Grid::Grid(int points_x, int points_y, int points_z, World all)
    : nx(points_x),
      ny(points_y),
      nz(points_z),
      world(all),
      planes(points_z / all.size),
      first_plane(all.rank * planes),
      pencils(points_x * points_y / all.size),
      first_pencil(all.rank * pencils) {}

Transform::Transform(const Grid& grid) : grid_(grid), x_(grid.nx), y_(grid.ny), z_(grid.nz) {}

void Transform::transform_planes(int sign, std::vector<Complex>& space) {
    const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(grid_.nx) * grid_.ny;
    const auto along_x = [&](Complex* first) {
        x_.transform(sign, first, {.element_stride = 1, .line_stride = grid_.nx}, grid_.ny);
    };
    const auto along_y = [&](Complex* first) {
        y_.transform(sign, first, {.element_stride = grid_.nx, .line_stride = 1}, grid_.nx);
    };
    for (std::ptrdiff_t z = 0; z < grid_.planes; ++z) {
        Complex* const first = space.data() + z * plane;
        if (sign > 0) {
            along_x(first);
            along_y(first);
        } else {
            along_y(first);
            along_x(first);
        }
    }
}

void Transform::alltoall(const std::vector<Complex>& outgoing,
                         std::vector<Complex>& incoming) const {
    const int count =
        static_cast<int>(2 * grid_.points() / static_cast<std::size_t>(grid_.world.size));
    MPI_Alltoall(outgoing.data(), count, MPI_DOUBLE, incoming.data(), count, MPI_DOUBLE,
                 MPI_COMM_WORLD);
}

void Transform::forward(std::vector<Complex>& space, std::vector<Complex>& spectrum) {
    transform_planes(1, space);
    transpose(space, grid_.planes, static_cast<std::ptrdiff_t>(grid_.nx) * grid_.ny, spectrum);
    if (grid_.world.size > 1) {
        alltoall(spectrum, space);
        for_each_piece(grid_, [&](std::ptrdiff_t piece, std::ptrdiff_t pencil, std::ptrdiff_t n) {
            std::copy_n(space.data() + piece, n, spectrum.data() + pencil);
        });
    }
    z_.transform(1, spectrum.data(), {.element_stride = 1, .line_stride = grid_.nz}, grid_.pencils);
}

void Transform::backward(std::vector<Complex>& spectrum, std::vector<Complex>& space) {
    z_.transform(-1, spectrum.data(), {.element_stride = 1, .line_stride = grid_.nz},
                 grid_.pencils);
    if (grid_.world.size > 1) {
        for_each_piece(grid_, [&](std::ptrdiff_t piece, std::ptrdiff_t pencil, std::ptrdiff_t n) {
            std::copy_n(spectrum.data() + pencil, n, space.data() + piece);
        });
        alltoall(space, spectrum);
    }
    transpose(spectrum, static_cast<std::ptrdiff_t>(grid_.nx) * grid_.ny, grid_.planes, space);
    transform_planes(-1, space);
}

}  // namespace ucx_crypto::npb
