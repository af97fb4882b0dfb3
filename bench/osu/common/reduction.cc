#include "bench/osu/common/reduction.h"

namespace ucx_crypto::osu {

Reduction::Reduction(Session& session)
    : session_(session),
      outgoing_(session.options().max_size),
      incoming_(session.options().max_size) {}

void Reduction::fill(std::size_t size, int iteration) {
    const MessageId id =
        session_.message(iteration, 0, static_cast<std::uint64_t>(session_.rank()));
    const auto values = outgoing_.as<float>(size / sizeof(float));
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(pattern_number(id, i));
    }
}

void Reduction::check(std::size_t first, std::size_t elements, int iteration) {
    const auto values = incoming_.as<float>(elements);
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::uint64_t sum = 0;
        for (int rank = 0; rank < session_.ranks(); ++rank) {
            const auto stream = static_cast<std::uint64_t>(rank);
            sum += pattern_number(session_.message(iteration, 0, stream), first + i);
        }
        // Exact: whole numbers below 2^24. A NaN is unequal too.
        if (!(values[i] == static_cast<float>(sum))) {
            session_.note_mismatch(i * sizeof(float), static_cast<double>(sum),
                                   static_cast<double>(values[i]));
        }
    }
}

}  // namespace ucx_crypto::osu
