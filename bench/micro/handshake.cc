// A whole handshake between two ends in memory: the time that both take together.
#include <array>

#include "bench/micro/micro.h"
#include "bench/micro/platform.h"

namespace ucx_crypto::micro {
namespace {

using channel::Role;
using channel::SecureChannel;

constexpr uint32_t kServerCounter = 2;

/// Whether anything was sent.
Result<bool> pass_flight(SecureChannel& from, SecureChannel& to) {
    const Bytes flight = to_bytes(from.handshake_output());
    from.handshake_sent(flight.size());
    if (!flight.empty()) {
        UCX_CRYPTO_TRY(to.receive_handshake(flight));
    }
    return !flight.empty();
}

Status shake_hands(const std::shared_ptr<channel::Identity>& client_of,
                   const std::shared_ptr<channel::Identity>& server_of) {
    const auto client = UCX_CRYPTO_TRY(SecureChannel::create(
        client_of, {Role::kClient, 1, server_of->instance_id(kServerCounter)}));
    const auto server =
        UCX_CRYPTO_TRY(SecureChannel::create(server_of, {Role::kServer, kServerCounter, {}}));
    for (bool moved = true; moved;) {
        moved = UCX_CRYPTO_TRY(pass_flight(*client, *server));
        moved = UCX_CRYPTO_TRY(pass_flight(*server, *client))
        || moved;
    }
    if (client->phase() != SecureChannel::Phase::kOpen ||
        server->phase() != SecureChannel::Phase::kOpen) {
        return Error(ErrorCode::kInternal, "expected two open ends, found a client that is in '" +
                                               std::string(client->state_name()) + "'");
    }
    return success();
}

/// With `strangers` every handshake is between processes that have never met: each verifies the
/// other's evidence.
Status run(benchmark::State& state, attest::Mode mode, bool strangers) {
    auto client = UCX_CRYPTO_TRY(make_process(mode));
    auto server = UCX_CRYPTO_TRY(make_process(mode));
    while (state.KeepRunning()) {
        if (strangers) {
            client = UCX_CRYPTO_TRY(make_process(mode));
            server = UCX_CRYPTO_TRY(make_process(mode));
        }
        Status shaken = success();
        state.SetIterationTime(seconds_of([&] { shaken = shake_hands(client, server); }));
        UCX_CRYPTO_TRY(std::move(shaken));
    }
    return success();
}

}  // namespace

void register_handshake() {
    for (const auto& [name, mode, strangers] :
         {std::tuple("handshake/no_evidence", attest::Mode::kOff, false),
          std::tuple("handshake/evidence_of_strangers", attest::Mode::kEmulated, true),
          std::tuple("handshake/evidence_seen_before", attest::Mode::kEmulated, false)}) {
        add(name, [mode = mode, strangers = strangers](
                      benchmark::State& state) { return run(state, mode, strangers); })
            .UseManualTime()
            ->Unit(benchmark::kMicrosecond);
    }
}

}  // namespace ucx_crypto::micro
