#include "bench/npb/is/ranking.h"

#include <numeric>

namespace ucx_crypto::npb {
namespace {

constexpr int kLastKeyTag = 1000;

void starts_of(const std::vector<int>& counts, std::vector<int>& starts) {
    std::exclusive_scan(counts.begin(), counts.end(), starts.begin(), 0);
}

}  // namespace

Ranking::Ranking(const KeyProblem& problem, World world)
    : problem_(problem),
      world_(world),
      shift_(problem.range_log2 - problem.buckets_log2),
      keys_(make_keys(problem, world.rank, world.size)),
      sorted_(keys_.size()),
      sizes_(static_cast<std::size_t>(buckets() + kTests)),
      totals_(sizes_.size()),
      send_counts_(static_cast<std::size_t>(world.size)),
      send_starts_(send_counts_),
      receive_counts_(send_counts_),
      receive_starts_(send_counts_),
      mine_(keys_.size() + keys_.size() / 2) {}

void Ranking::rank_keys(int iteration) {
    if (world_.rank == 0) {
        keys_[iteration] = iteration;
        keys_[iteration + kIterations] = (1 << problem_.range_log2) - iteration;
    }
    fill_buckets();
    MPI_Allreduce(sizes_.data(), totals_.data(), static_cast<int>(sizes_.size()), MPI_INT, MPI_SUM,
                  MPI_COMM_WORLD);
    deal_buckets();
    exchange_keys();
    count_keys();
    check_tests(iteration);
}

void Ranking::fill_buckets() {
    std::fill(sizes_.begin(), sizes_.end(), 0);
    const int each = static_cast<int>(keys_.size());
    for (int test = 0; test < kTests; ++test) {
        const int index = problem_.test_index[test];
        if (index / each == world_.rank) {
            sizes_[buckets() + test] = keys_[index % each];
        }
    }
    for (const int key : keys_) {
        ++sizes_[bucket_of(key)];
    }
    std::vector<int> next(static_cast<std::size_t>(buckets()));
    std::exclusive_scan(sizes_.begin(), sizes_.begin() + buckets(), next.begin(), 0);
    for (const int key : keys_) {
        sorted_[next[bucket_of(key)]++] = key;
    }
}

/// Consecutive buckets go to a process until all up to it have their share of the keys.
void Ranking::deal_buckets() {
    std::fill(send_counts_.begin(), send_counts_.end(), 0);
    const auto share = static_cast<std::int64_t>(keys_.size());
    std::int64_t dealt = 0;
    int owner = 0;
    for (int bucket = 0; bucket < buckets(); ++bucket) {
        if (dealt >= (owner + 1) * share && owner + 1 < world_.size) {
            if (owner == world_.rank) {
                range_end_ = bucket << shift_;
            }
            ++owner;
            if (owner == world_.rank) {
                range_start_ = bucket << shift_;
                lesser_ = static_cast<int>(dealt);
            }
        }
        send_counts_[owner] += sizes_[bucket];
        dealt += totals_[bucket];
    }
    if (owner == world_.rank) {
        range_end_ = buckets() << shift_;
    }
}

void Ranking::exchange_keys() {
    MPI_Alltoall(send_counts_.data(), 1, MPI_INT, receive_counts_.data(), 1, MPI_INT,
                 MPI_COMM_WORLD);
    starts_of(send_counts_, send_starts_);
    starts_of(receive_counts_, receive_starts_);
    received_ = receive_starts_.back() + receive_counts_.back();
    if (mine_.size() < static_cast<std::size_t>(received_)) {
        mine_.resize(static_cast<std::size_t>(received_));
    }
    MPI_Alltoallv(sorted_.data(), send_counts_.data(), send_starts_.data(), MPI_INT, mine_.data(),
                  receive_counts_.data(), receive_starts_.data(), MPI_INT, MPI_COMM_WORLD);
}

void Ranking::count_keys() {
    counts_.assign(static_cast<std::size_t>(range_end_ - range_start_), 0);
    for (int i = 0; i < received_; ++i) {
        ++counts_[mine_[i] - range_start_];
    }
    std::partial_sum(counts_.begin(), counts_.end(), counts_.begin());
}

void Ranking::check_tests(int iteration) {
    for (int test = 0; test < kTests; ++test) {
        const int key = totals_[buckets() + test];
        if (key < range_start_ || key >= range_end_) {
            continue;
        }
        const int below = key == range_start_ ? 0 : counts_[key - range_start_ - 1];
        if (lesser_ + below == problem_.rank_in(iteration, test)) {
            ++tests_passed_;
        }
    }
}

int Ranking::count_disorder() {
    std::vector<int> placed(static_cast<std::size_t>(received_));
    std::vector<int> next = counts_;
    for (int i = 0; i < received_; ++i) {
        const int key = mine_[i];
        placed[--next[key - range_start_]] = key;
    }
    int disorder = 0;
    int before = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    if (world_.rank > 0) {
        MPI_Irecv(&before, 1, MPI_INT, world_.rank - 1, kLastKeyTag, MPI_COMM_WORLD, &request);
    }
    if (world_.rank + 1 < world_.size) {
        MPI_Send(&placed.back(), 1, MPI_INT, world_.rank + 1, kLastKeyTag, MPI_COMM_WORLD);
    }
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    for (const int key : placed) {
        disorder += key < before ? 1 : 0;
        before = key;
    }
    return disorder;
}

}  // namespace ucx_crypto::npb
