#pragma once

#include <vector>

#include "bench/npb/common/program.h"
#include "bench/npb/ft/fft.h"

namespace ucx_crypto::npb {

/// The grid of FT and its share on one process. In space a process has planes of constant z,
/// z-major with x running fastest; of the spectrum it has pencils along z, as many consecutive
/// (x, y), z running fastest: the one-dimensional layout of NPB.
struct Grid {
    Grid(int points_x, int points_y, int points_z, World world);

    int nx, ny, nz;
    World world;
    int planes;        ///< here
    int first_plane;   ///< the z of the first
    int pencils;       ///< here
    int first_pencil;  ///< y * nx + x of the first

    [[nodiscard]] std::size_t points() const {  ///< here, in both layouts
        return static_cast<std::size_t>(planes) * static_cast<std::size_t>(nx) *
               static_cast<std::size_t>(ny);
    }
};

/// The three-dimensional Fourier transform, unnormalised, and its inverse. The transposition
/// between them is one alltoall of all data.
class Transform {
  public:
    explicit Transform(const Grid& grid);

    /// From `space`, which is overwritten, to `spectrum`. Collective.
    void forward(std::vector<Complex>& space, std::vector<Complex>& spectrum);
    /// From `spectrum`, which is overwritten, to `space`. Collective.
    void backward(std::vector<Complex>& spectrum, std::vector<Complex>& space);

  private:
    void transform_planes(int sign, std::vector<Complex>& space);
    void alltoall(const std::vector<Complex>& outgoing, std::vector<Complex>& incoming) const;

    const Grid& grid_;
    Fft x_, y_, z_;
};

}  // namespace ucx_crypto::npb
