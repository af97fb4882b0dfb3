#include "bench/npb/lu/pencil.h"

#include "bench/npb/cfd/layers.h"

namespace ucx_crypto::npb {
namespace {

enum Tag : int { kGhostTag = 1, kWaveTag = 3 };  // one more per axis

}  // namespace

Pencil::Pencil(int n, World world) {
    processes_ = {1, 1};
    while (processes_[0] * processes_[1] < world.size) {
        processes_[processes_[0] > processes_[1] ? 1 : 0] *= 2;
    }
    place_ = {world.rank % processes_[0], world.rank / processes_[0]};
    block_.n = n;
    for (int axis = 0; axis < 2; ++axis) {
        block_.first[axis] = n * place_[axis] / processes_[axis];
        block_.count[axis] = n * (place_[axis] + 1) / processes_[axis] - block_.first[axis];
    }
    block_.count[2] = n;
}

int Pencil::neighbour(int axis, int side) const {
    const int place = place_[axis] + side;
    if (place < 0 || place >= processes_[axis]) {
        return MPI_PROC_NULL;
    }
    return axis == 0 ? place_[1] * processes_[0] + place : place * processes_[0] + place_[0];
}

void Pencil::exchange(Values& values) {
    exchange_axis(0, values);
    exchange_axis(1, values);
}

void Pencil::exchange_axis(int axis, Values& values) {
    const int end = block_.count[axis];
    const int before = neighbour(axis, -1);
    const int behind = neighbour(axis, 1);
    const Layers ghosts_before{axis, -kGhosts};
    const Layers ghosts_behind{axis, end};
    const auto numbers = kComponents * static_cast<int>(ghosts_before.points(block_));
    for (auto* buffer : {&outgoing_, &from_before_, &from_behind_}) {
        buffer->resize(static_cast<std::size_t>(numbers));
    }
    std::array<MPI_Request, 2> requests{};
    MPI_Irecv(from_before_.data(), numbers, MPI_DOUBLE, before, kGhostTag + axis, MPI_COMM_WORLD,
              &requests[0]);
    MPI_Irecv(from_behind_.data(), numbers, MPI_DOUBLE, behind, kGhostTag + axis, MPI_COMM_WORLD,
              &requests[1]);
    Layers{axis, end - kGhosts}.pack(block_, values, outgoing_.data());
    MPI_Send(outgoing_.data(), numbers, MPI_DOUBLE, behind, kGhostTag + axis, MPI_COMM_WORLD);
    Layers{axis, 0}.pack(block_, values, outgoing_.data());
    MPI_Send(outgoing_.data(), numbers, MPI_DOUBLE, before, kGhostTag + axis, MPI_COMM_WORLD);
    MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
    if (before != MPI_PROC_NULL) {
        ghosts_before.unpack(block_, from_before_.data(), values);
    }
    MPI_Wait(&requests[1], MPI_STATUS_IGNORE);
    if (behind != MPI_PROC_NULL) {
        ghosts_behind.unpack(block_, from_behind_.data(), values);
    }
}

void Pencil::receive(int z, Values& values, int side) {
    for (int axis = 0; axis < 2; ++axis) {
        const int from = neighbour(axis, side);
        if (from == MPI_PROC_NULL) {
            continue;
        }
        const int length = block_.count[1 - axis];
        edge_.resize(static_cast<std::size_t>(length) * kComponents);
        MPI_Recv(edge_.data(), length * kComponents, MPI_DOUBLE, from, kWaveTag + axis,
                 MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        const int ghost = side < 0 ? -1 : block_.count[axis];
        for (int i = 0; i < length; ++i) {
            const std::ptrdiff_t point =
                axis == 0 ? block_.point(ghost, i, z) : block_.point(i, ghost, z);
            std::copy_n(edge_.data() + static_cast<std::ptrdiff_t>(i) * kComponents, kComponents,
                        values.at(point));
        }
    }
}

void Pencil::send(int z, const Values& values, int side) {
    for (int axis = 0; axis < 2; ++axis) {
        const int to = neighbour(axis, side);
        if (to == MPI_PROC_NULL) {
            continue;
        }
        const int length = block_.count[1 - axis];
        edge_.resize(static_cast<std::size_t>(length) * kComponents);
        const int last = side < 0 ? 0 : block_.count[axis] - 1;
        for (int i = 0; i < length; ++i) {
            const std::ptrdiff_t point =
                axis == 0 ? block_.point(last, i, z) : block_.point(i, last, z);
            std::copy_n(values.at(point), kComponents,
                        edge_.data() + static_cast<std::ptrdiff_t>(i) * kComponents);
        }
        MPI_Send(edge_.data(), length * kComponents, MPI_DOUBLE, to, kWaveTag + axis,
                 MPI_COMM_WORLD);
    }
}

}  // namespace ucx_crypto::npb
