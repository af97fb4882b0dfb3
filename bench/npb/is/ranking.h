#pragma once

#include <vector>

#include "bench/npb/common/program.h"
#include "bench/npb/is/keys.h"

namespace ucx_crypto::npb {

/// The keys that one process holds, and their ranking among those of all processes: keys are put
/// into buckets, the buckets are dealt out so that each process gets about as many keys (allreduce
/// of the buckets' sizes, alltoall of what each sends to each), the keys go there (alltoallv), and
/// each process counts those of its own part of the range.
class Ranking {
  public:
    Ranking(const KeyProblem& problem, World world);

    /// One iteration, 1 to kIterations: changes two keys and ranks all. Collective.
    void rank_keys(int iteration);

    /// How many test ranks this process found right in all iterations since forget_tests().
    [[nodiscard]] int tests_passed() const { return tests_passed_; }
    void forget_tests() { tests_passed_ = 0; }

    /// Puts the keys of the last ranking at their ranks. Collective; returns how many pairs of
    /// neighbours are out of order here, including the last key of the process before.
    [[nodiscard]] int count_disorder();
    /// Keys that this process got in the last ranking.
    [[nodiscard]] int received() const { return received_; }

  private:
    void fill_buckets();
    void deal_buckets();
    void exchange_keys();
    void count_keys();
    void check_tests(int iteration);

    [[nodiscard]] int bucket_of(int key) const { return key >> shift_; }
    [[nodiscard]] int buckets() const { return 1 << problem_.buckets_log2; }

    const KeyProblem& problem_;
    World world_;
    int shift_;                ///< a key's bucket is the key shifted right by this
    std::vector<int> keys_;    ///< this process's part of the sequence
    std::vector<int> sorted_;  ///< the same by buckets
    std::vector<int> sizes_;   ///< of this process's buckets, then the test keys that it has
    std::vector<int> totals_;  ///< the same of all processes
    std::vector<int> send_counts_, send_starts_, receive_counts_, receive_starts_;
    std::vector<int> mine_;  ///< the keys of this process's range, received_ of them
    int received_ = 0;
    int range_start_ = 0;      ///< the range of keys that this process ranks
    int range_end_ = 0;        ///< one behind it
    int lesser_ = 0;           ///< keys below the range, on all processes
    std::vector<int> counts_;  ///< how many received keys are range_start_ + i or less
    int tests_passed_ = 0;
};

}  // namespace ucx_crypto::npb
