#include "bench/duel/blocks.h"

#include <chrono>

namespace ucx_crypto::duel {
namespace {

constexpr size_t kAcknowledgement = 4;  // bytes, as OSU's bandwidth test has it

Status ping_pong(Contestant& contestant, bool leads, std::span<const std::byte> outgoing,
                 std::span<std::byte> incoming) {
    if (leads) {
        UCX_CRYPTO_TRY(contestant.send(outgoing));
        return contestant.receive(incoming);
    }
    UCX_CRYPTO_TRY(contestant.receive(incoming));
    return contestant.send(outgoing);
}

Status repeat(Contestant& contestant, const Work& work, const Memory& memory,
              unsigned repetitions) {
    const auto outgoing = memory.outgoing.first(work.size);
    const auto incoming = memory.incoming.first(work.size);
    const auto acknowledgement = memory.outgoing.first(kAcknowledgement);
    const auto acknowledged = memory.incoming.first(kAcknowledgement);
    for (unsigned i = 0; i < repetitions; ++i) {
        switch (work.test) {
            case Test::kLatency:
                UCX_CRYPTO_TRY(ping_pong(contestant, work.leads, outgoing, incoming));
                break;
            case Test::kBandwidth:
                if (work.leads) {
                    UCX_CRYPTO_TRY(contestant.send_window(outgoing, work.window));
                    UCX_CRYPTO_TRY(contestant.receive(acknowledged));
                } else {
                    UCX_CRYPTO_TRY(contestant.receive_window(incoming, work.window));
                    UCX_CRYPTO_TRY(contestant.send(acknowledgement));
                }
                break;
            case Test::kPut:
                if (work.leads) {
                    UCX_CRYPTO_TRY(contestant.put_window(outgoing, work.window));
                }
                break;
        }
    }
    return success();
}

}  // namespace

Result<double> run_block(Contestant& contestant, const Work& work, const Memory& memory,
                         unsigned repetitions) {
    const auto token = memory.outgoing.first(kAcknowledgement);
    const auto answer = memory.incoming.first(kAcknowledgement);
    UCX_CRYPTO_TRY(ping_pong(contestant, work.leads, token, answer));
    UCX_CRYPTO_TRY(repeat(contestant, work, memory, 1));
    const auto start = std::chrono::steady_clock::now();
    UCX_CRYPTO_TRY(repeat(contestant, work, memory, repetitions));
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (work.test == Test::kPut) {
        // The target works for the puts until it is told that there are no more.
        UCX_CRYPTO_TRY(ping_pong(contestant, work.leads, token, answer));
    }
    return elapsed.count();
}

double to_figure(const Work& work, unsigned repetitions, double seconds) {
    if (work.test == Test::kLatency) {
        return seconds * 1e6 / (2.0 * repetitions);
    }
    return static_cast<double>(work.size) * work.window * repetitions / seconds / 1e6;
}

}  // namespace ucx_crypto::duel
