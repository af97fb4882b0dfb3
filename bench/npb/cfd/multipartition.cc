#include "bench/npb/cfd/multipartition.h"

#include "bench/npb/cfd/layers.h"

namespace ucx_crypto::npb {
namespace {

constexpr int kGhostTag = 1;  // one more per direction
constexpr int kSweepTag = 10;

}  // namespace

Multipartition::Multipartition(int n, World world) : n_(n), q_(1) {
    while (q_ * q_ < world.size) {
        ++q_;
    }
    const int a = world.rank % q_;
    const int b = world.rank / q_;
    const auto rank_at = [this](int x, int y) { return (y + q_) % q_ * q_ + (x + q_) % q_; };
    // In the slice z = c the cell is at x = a + c, y = b - c. Its neighbour at z = c + 1 therefore
    // is a cell of the process at a - 1, b + 1.
    neighbours_ = {{{rank_at(a - 1, b), rank_at(a + 1, b)},
                    {rank_at(a, b - 1), rank_at(a, b + 1)},
                    {rank_at(a + 1, b - 1), rank_at(a - 1, b + 1)}}};
    for (int c = 0; c < q_; ++c) {
        places_.push_back({(a + c) % q_, (b - c + q_) % q_, c});
        Block cell;
        cell.n = n;
        for (int axis = 0; axis < 3; ++axis) {
            const int place = places_.back()[axis];
            cell.first[axis] = n * place / q_;
            cell.count[axis] = n * (place + 1) / q_ - cell.first[axis];
        }
        cells_.push_back(cell);
    }
}

std::size_t Multipartition::cell_in(int axis, int slice) const {
    std::size_t cell = 0;
    while (places_[cell][axis] != slice) {
        ++cell;
    }
    return cell;
}

int Multipartition::face_points(int axis, std::size_t cell) const {
    return cells_[cell].count[(axis + 1) % 3] * cells_[cell].count[(axis + 2) % 3];
}

void Multipartition::exchange(std::vector<Values>& values) {
    // Cells follow one another in a message by the slice they are in, which both sides know.
    std::array<MPI_Request, 12> requests{};
    const auto each_slice = [this](int axis, int direction, auto use) {
        for (int slice = 0; slice < q_; ++slice) {
            const bool has_neighbour = direction == 0 ? slice > 0 : slice + 1 < q_;
            if (has_neighbour) {
                use(cell_in(axis, slice));
            }
        }
    };
    for (int axis = 0; axis < 3; ++axis) {
        for (int direction = 0; direction < 2; ++direction) {
            const int index = 2 * axis + direction;
            std::size_t numbers = 0;
            each_slice(axis, direction, [&](std::size_t cell) {
                numbers += kComponents * Layers{axis, 0}.points(cells_[cell]);
            });
            outgoing_[index].resize(numbers);
            incoming_[index].resize(numbers);
            MPI_Irecv(incoming_[index].data(), static_cast<int>(numbers), MPI_DOUBLE,
                      neighbours_[axis][direction], kGhostTag + (index ^ 1), MPI_COMM_WORLD,
                      &requests[index]);
        }
    }
    for (int axis = 0; axis < 3; ++axis) {
        for (int direction = 0; direction < 2; ++direction) {
            const int index = 2 * axis + direction;
            double* to = outgoing_[index].data();
            each_slice(axis, direction, [&](std::size_t cell) {
                const int begin = direction == 0 ? 0 : cells_[cell].count[axis] - kGhosts;
                to = Layers{axis, begin}.pack(cells_[cell], values[cell], to);
            });
            MPI_Isend(outgoing_[index].data(), static_cast<int>(outgoing_[index].size()),
                      MPI_DOUBLE, neighbours_[axis][direction], kGhostTag + index, MPI_COMM_WORLD,
                      &requests[6 + index]);
        }
    }
    MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
    for (int axis = 0; axis < 3; ++axis) {
        for (int direction = 0; direction < 2; ++direction) {
            const double* from = incoming_[2 * axis + direction].data();
            each_slice(axis, direction, [&](std::size_t cell) {
                const int begin = direction == 0 ? -kGhosts : cells_[cell].count[axis];
                from = Layers{axis, begin}.unpack(cells_[cell], from, values[cell]);
            });
        }
    }
}

void Multipartition::sweep(int axis, int side, int numbers, const Step& step) {
    const int from = neighbours_[axis][side > 0 ? 0 : 1];
    const int to = neighbours_[axis][side > 0 ? 1 : 0];
    const int tag = kSweepTag + 2 * axis + (side > 0 ? 1 : 0);
    MPI_Request sending = MPI_REQUEST_NULL;
    for (int stage = 0; stage < q_; ++stage) {
        const std::size_t cell = cell_in(axis, side > 0 ? stage : q_ - 1 - stage);
        before_.clear();
        if (stage > 0) {
            const int count = numbers * face_points(axis, cell);
            before_.resize(static_cast<std::size_t>(count));
            MPI_Request receiving = MPI_REQUEST_NULL;
            MPI_Irecv(before_.data(), count, MPI_DOUBLE, from, tag, MPI_COMM_WORLD, &receiving);
            MPI_Wait(&receiving, MPI_STATUS_IGNORE);
        }
        behind_.resize(static_cast<std::size_t>(numbers) *
                       static_cast<std::size_t>(face_points(axis, cell)));
        step(cell, before_, behind_);
        MPI_Wait(&sending, MPI_STATUS_IGNORE);
        if (stage + 1 < q_) {
            sent_.swap(behind_);
            MPI_Isend(sent_.data(), static_cast<int>(sent_.size()), MPI_DOUBLE, to, tag,
                      MPI_COMM_WORLD, &sending);
        }
    }
}

}  // namespace ucx_crypto::npb
