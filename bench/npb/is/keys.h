#pragma once

#include <array>
#include <vector>

namespace ucx_crypto::npb {

inline constexpr int kIterations = 10;
inline constexpr int kTests = 5;

/// What IS sorts in one class, and the ranks by which it is verified.
struct KeyProblem {
    char problem_class;
    int keys_log2;                       ///< how many keys
    int range_log2;                      ///< keys are below 2^range_log2
    int buckets_log2;                    ///< over that range
    std::array<int, kTests> test_index;  ///< which keys are looked at, counted over all processes
    std::array<int, kTests> test_rank;   ///< their ranks before the iterations change keys
    /// An iteration moves the rank of a test key by iteration + shift, upwards or downwards.
    std::array<bool, kTests> upwards;
    int shift_up;
    int shift_down;

    [[nodiscard]] int rank_in(int iteration, int test) const {
        return upwards[test] ? test_rank[test] + iteration + shift_up
                             : test_rank[test] - iteration - shift_down;
    }
};

[[nodiscard]] const KeyProblem& key_problem(char problem_class);

/// The part of the key sequence that process `rank` of `size` starts with.
[[nodiscard]] std::vector<int> make_keys(const KeyProblem& problem, int rank, int size);

}  // namespace ucx_crypto::npb
