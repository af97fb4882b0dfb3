#include "bench/npb/is/keys.h"

#include "bench/npb/common/program.h"
#include "bench/npb/common/random.h"

namespace ucx_crypto::npb {
namespace {

constexpr std::uint64_t kSeed = 314159265;
constexpr int kNumbersPerKey = 4;  // keys are nearly normally distributed: sums of four

constexpr std::array<bool, kTests> kFirstThree = {true, true, true, false, false};

constexpr std::array kProblems = {
    KeyProblem{.problem_class = 'S',
               .keys_log2 = 16,
               .range_log2 = 11,
               .buckets_log2 = 9,
               .test_index = {48427, 17148, 23627, 62548, 4431},
               .test_rank = {0, 18, 346, 64917, 65463},
               .upwards = kFirstThree,
               .shift_up = 0,
               .shift_down = 0},
    KeyProblem{.problem_class = 'W',
               .keys_log2 = 20,
               .range_log2 = 16,
               .buckets_log2 = 10,
               .test_index = {357773, 934767, 875723, 898999, 404505},
               .test_rank = {1249, 11698, 1039987, 1043896, 1048018},
               .upwards = {true, true, false, false, false},
               .shift_up = -2,
               .shift_down = 0},
    KeyProblem{.problem_class = 'A',
               .keys_log2 = 23,
               .range_log2 = 19,
               .buckets_log2 = 10,
               .test_index = {2112377, 662041, 5336171, 3642833, 4250760},
               .test_rank = {104, 17523, 123928, 8288932, 8388264},
               .upwards = kFirstThree,
               .shift_up = -1,
               .shift_down = -1},
    KeyProblem{.problem_class = 'B',
               .keys_log2 = 25,
               .range_log2 = 21,
               .buckets_log2 = 10,
               .test_index = {41869, 812306, 5102857, 18232239, 26860214},
               .test_rank = {33422937, 10244, 59149, 33135281, 99},
               .upwards = {false, true, true, false, true},
               .shift_up = 0,
               .shift_down = 0},
    KeyProblem{.problem_class = 'C',
               .keys_log2 = 27,
               .range_log2 = 23,
               .buckets_log2 = 10,
               .test_index = {44172927, 72999161, 74326391, 129606274, 21736814},
               .test_rank = {61147, 882988, 266290, 133997595, 133525895},
               .upwards = kFirstThree,
               .shift_up = 0,
               .shift_down = 0},
};

}  // namespace

const KeyProblem& key_problem(char problem_class) {
    return problem_of(kProblems, problem_class);
}

std::vector<int> make_keys(const KeyProblem& problem, int rank, int size) {
    std::vector<int> keys((std::size_t{1} << problem.keys_log2) / static_cast<std::size_t>(size));
    Random random(kSeed);
    random.skip(keys.size() * static_cast<std::uint64_t>(rank) * kNumbersPerKey);
    const double scale = static_cast<double>(1 << problem.range_log2) / kNumbersPerKey;
    for (int& key : keys) {
        double sum = 0;
        for (int i = 0; i < kNumbersPerKey; ++i) {
            sum += random.next();
        }
        key = static_cast<int>(scale * sum);
    }
    return keys;
}

}  // namespace ucx_crypto::npb
