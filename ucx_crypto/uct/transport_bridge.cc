// What libucx_crypto.so.0 asks the loaded module for. Compiled into the module itself: symbols of
// archives are hidden there.
#include "ucx_crypto/api/bridge.h"
#include "ucx_crypto/api/convert.h"
#include "ucx_crypto/channel/connection_table.h"
#include "ucx_crypto/channel/identity.h"
#include "ucx_crypto/uct/fence.h"
#include "ucx_crypto/uct/identities.h"

namespace ucx_crypto::uct {
namespace {

void query(ucx_crypto_process_t* process) {
    process->enforced = ucx_crypto_fence_stands() != 0 ? 1 : 0;
    process->interfaces = ucx_crypto_open_interfaces();
    const auto identity =
        std::dynamic_pointer_cast<const channel::ProcessIdentity>(existing_identity());
    if (!identity) {
        return;
    }
    const attest::Attestation& attestation = identity->local().attestation;
    process->has_identity = 1;
    api::copy_text(process->attestation, attest::to_string(attestation.mode()));
    const attest::Digest digest = attestation.policy_digest();
    std::copy(digest.begin(), digest.end(), process->policy_digest);
}

ucx_crypto_status_t connections(size_t most, size_t* total, void* argument,
                                void (*each)(void*, const ucx_crypto_connection_t*)) try {
    const auto list = channel::list_connections(most);
    if (!list.ok()) {
        return api::to_status(list.error().code());
    }
    *total = list->total;
    for (const channel::Connection& connection : list->connections) {
        const ucx_crypto_claims_t claims = api::to_c(connection.claims);
        ucx_crypto_connection_t out{};
        out.struct_size = sizeof out;
        std::copy(connection.own.begin(), connection.own.end(), out.own_instance);
        std::copy(connection.peer.begin(), connection.peer.end(), out.peer_instance);
        api::copy_text(out.peer_address, connection.peer_address);
        api::copy_text(out.algorithm, aead::to_string(connection.algorithm));
        out.accepted = connection.accepted ? 1 : 0;
        out.channel_bound = connection.statement.channel_bound ? 1 : 0;
        out.peer_rank = connection.statement.rank.value_or(UCX_CRYPTO_UNKNOWN_RANK);
        std::copy(connection.statement.policy_digest.begin(),
                  connection.statement.policy_digest.end(), out.peer_policy_digest);
        out.claims = &claims;
        each(argument, &out);
    }
    return UCX_CRYPTO_OK;
} catch (const std::bad_alloc&) {
    return UCX_CRYPTO_ERR_EXHAUSTED;
}

constexpr api::Transport kTransport{api::kBridgeVersion, query, connections};

}  // namespace
}  // namespace ucx_crypto::uct

extern "C" UCX_CRYPTO_API const ucx_crypto::api::Transport* ucx_crypto_private_transport() {
    return &ucx_crypto::uct::kTransport;
}
