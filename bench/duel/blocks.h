// The blocks that duel alternates. Both ranks call the same function with the same arguments.
#pragma once

#include <span>

#include "bench/duel/contestant.h"
#include "bench/duel/options.h"

namespace ucx_crypto::duel {

/// What is repeated within a block.
struct Work {
    Test test = Test::kLatency;
    size_t size = 0;      ///< of a message, bytes
    unsigned window = 1;  ///< messages in flight
    bool leads = false;   ///< this rank sends, and takes the time
};

/// Memory of one rank; `incoming` is what the contestants were opened with.
struct Memory {
    std::span<std::byte> outgoing;
    std::span<std::byte> incoming;
};

/// One block: a repetition that is not timed, at which the ranks meet, then `repetitions`. Returns
/// the seconds of the latter, measured by the rank that leads; on the other rank the figure means
/// nothing.
Result<double> run_block(Contestant& contestant, const Work& work, const Memory& memory,
                         unsigned repetitions);

/// What `seconds` for `repetitions` are in unit(work.test).
double to_figure(const Work& work, unsigned repetitions, double seconds);

}  // namespace ucx_crypto::duel
