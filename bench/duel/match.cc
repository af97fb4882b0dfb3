#include "bench/duel/match.h"

#include <algorithm>
#include <array>

namespace ucx_crypto::duel {
namespace {

constexpr double kBlockSeconds = 1.5e-3;
constexpr unsigned kMaxRepetitions = 1U << 20;

}  // namespace

Result<double> Match::time_of_one(Contestant& contestant, const Work& work) {
    for (unsigned repetitions = 1;; repetitions *= 2) {
        const double mine = UCX_CRYPTO_TRY(run_block(contestant, work, memory_, repetitions));
        const double seconds = ranks_.of_first(mine, [&] { contestant.progress(); });
        if (seconds >= kBlockSeconds / 2 || repetitions >= kMaxRepetitions) {
            return seconds / repetitions;
        }
    }
}

Result<unsigned> Match::calibrate(Contestant& a, Contestant& b, const Work& work) {
    const double of_a = UCX_CRYPTO_TRY(time_of_one(a, work));
    const double of_b = UCX_CRYPTO_TRY(time_of_one(b, work));
    const double wanted = kBlockSeconds / std::min(of_a, of_b);
    return static_cast<unsigned>(std::clamp(wanted, 1.0, double{kMaxRepetitions}));
}

Result<Row> Match::measure(Contestant& a, Contestant& b, size_t size) {
    const Work work{options_.test, size,
                    options_.test == Test::kLatency ? 1 : options_.window_of(size), ranks_.first()};
    const unsigned repetitions = UCX_CRYPTO_TRY(calibrate(a, b, work));
    std::vector<double> of_a;
    std::vector<double> of_b;
    std::vector<double> ratios;
    // What only the first blocks suffer (caches, the kernel's windows) is not counted.
    const unsigned unseen = std::max(2U, options_.blocks / 10);
    for (unsigned pair = 0; pair < unseen + options_.blocks; ++pair) {
        const bool b_first = order_() % 2 == 1;
        std::array<double, 2> figures{};
        for (int turn = 0; turn < 2; ++turn) {
            const bool is_b = (turn == 0) == b_first;
            const double seconds =
                UCX_CRYPTO_TRY(run_block(is_b ? b : a, work, memory_, repetitions));
            figures[is_b ? 1 : 0] = to_figure(work, repetitions, seconds);
        }
        if (pair >= unseen) {
            of_a.push_back(figures[0]);
            of_b.push_back(figures[1]);
            ratios.push_back(figures[1] / figures[0]);
        }
    }
    return Row{size,       median(of_a), median(of_b), median(ratios), median_interval(ratios),
               repetitions};
}

}  // namespace ucx_crypto::duel
