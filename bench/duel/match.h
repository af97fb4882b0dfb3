// Blocks of two contestants by turns.
#pragma once

#include <random>

#include "bench/duel/blocks.h"
#include "bench/duel/ranks.h"
#include "bench/duel/report.h"

namespace ucx_crypto::duel {

class Match {
  public:
    /// All must outlive this object.
    Match(const Ranks& ranks, const Options& options, const Memory& memory)
        : ranks_(ranks), options_(options), memory_(memory) {}

    /// Measures one size; both ranks call it with the same arguments. The row is the first rank's.
    Result<Row> measure(Contestant& a, Contestant& b, size_t size);

  private:
    /// Repetitions with which the faster one's block takes about kBlockSeconds.
    Result<unsigned> calibrate(Contestant& a, Contestant& b, const Work& work);
    /// Seconds of one repetition in blocks that are long enough to tell.
    Result<double> time_of_one(Contestant& contestant, const Work& work);

    const Ranks& ranks_;
    const Options& options_;
    const Memory& memory_;
    std::minstd_rand order_{1};  // both ranks draw the same
};

}  // namespace ucx_crypto::duel
