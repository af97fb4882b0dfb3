#include "bench/npb/cg/process_grid.h"

namespace ucx_crypto::npb {
namespace {

constexpr int kSumTag = 1;
constexpr int kTransposeTag = 2;

}  // namespace

ProcessGrid::ProcessGrid(int n, World world) {
    grid_rows_ = 1;
    while (4 * grid_rows_ * grid_rows_ <= world.size) {
        grid_rows_ *= 2;
    }
    grid_columns_ = world.size / grid_rows_;
    row_ = world.rank / grid_columns_;
    column_ = world.rank % grid_columns_;

    const auto block_start = [&](int block) {
        return static_cast<int>(static_cast<std::int64_t>(n) * block / grid_columns_);
    };
    columns_ = {block_start(column_), block_start(column_ + 1)};
    const int blocks_per_row = grid_columns_ / grid_rows_;
    const int first_block = row_ * blocks_per_row;
    rows_ = {block_start(first_block), block_start(first_block + blocks_per_row)};

    const int middle = block_start(first_block + 1) - rows_.first;
    if (blocks_per_row == 1) {
        half_ = {0, rows_.size()};
        transposed_ = column_ * grid_columns_ + row_;
    } else {
        half_ = column_ % 2 == 0 ? Range{0, middle} : Range{middle, rows_.size()};
        other_ = column_ % 2 == 0 ? Range{middle, rows_.size()} : Range{0, middle};
        transposed_ = column_ / 2 * grid_columns_ + 2 * row_ + column_ % 2;
    }
    incoming_.resize(static_cast<std::size_t>(rows_.size()));
}

double ProcessGrid::row_sum(double value) const {
    for (int distance = 1; distance < grid_columns_; distance *= 2) {
        const int partner = in_row(column_ ^ distance);
        double other = 0;
        MPI_Request request = MPI_REQUEST_NULL;
        MPI_Irecv(&other, 1, MPI_DOUBLE, partner, kSumTag, MPI_COMM_WORLD, &request);
        MPI_Send(&value, 1, MPI_DOUBLE, partner, kSumTag, MPI_COMM_WORLD);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        value += other;
    }
    return value;
}

void ProcessGrid::add_from(int partner, std::vector<double>& partial, Range sent) {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Irecv(incoming_.data(), half_.size(), MPI_DOUBLE, partner, kSumTag, MPI_COMM_WORLD,
              &request);
    MPI_Send(partial.data() + sent.first, sent.size(), MPI_DOUBLE, partner, kSumTag,
             MPI_COMM_WORLD);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    double* const sums = partial.data() + half_.first;
    for (int i = 0; i < half_.size(); ++i) {
        sums[i] += incoming_[static_cast<std::size_t>(i)];
    }
}

void ProcessGrid::sum_and_transpose(std::vector<double>& partial, std::vector<double>& part) {
    for (int distance = 1; distance < grid_columns_; distance *= 2) {
        // The neighbour keeps the other half where a row has two; afterwards all partners agree.
        const bool split = distance == 1 && other_.size() != 0;
        add_from(in_row(column_ ^ distance), partial, split ? other_ : half_);
    }
    if (grid_columns_ == 1) {
        part.swap(partial);
        return;
    }
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Irecv(part.data(), columns_.size(), MPI_DOUBLE, transposed_, kTransposeTag, MPI_COMM_WORLD,
              &request);
    MPI_Send(partial.data() + half_.first, half_.size(), MPI_DOUBLE, transposed_, kTransposeTag,
             MPI_COMM_WORLD);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

}  // namespace ucx_crypto::npb
