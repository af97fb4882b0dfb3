// ucx_crypto/connections.h: what the transport tells, copied.
#include "ucx_crypto/connections.h"

#include <deque>
#include <memory>

#include "ucx_crypto/api/bridge.h"
#include "ucx_crypto/api/failure.h"

struct ucx_crypto_connections {
    /// With its claims; in a deque, where elements stay when others are added.
    struct Entry {
        ucx_crypto_connection_t connection;
        ucx_crypto_claims_t claims;
    };
    std::deque<Entry> entries;
    size_t total = 0;
    bool out_of_memory = false;
};

namespace ucx_crypto::api {
namespace {

/// Null where the transport is not loaded.
const Transport* find_transport() {
    auto* const function =
        reinterpret_cast<TransportFunction>(find_loaded(kModule, kTransportSymbol));
    return function == nullptr ? nullptr : function();
}

/// Called from the transport's code: nothing may be thrown through it.
void keep(void* list, const ucx_crypto_connection_t* connection) noexcept {
    auto* const connections = static_cast<ucx_crypto_connections*>(list);
    try {
        auto& entry = connections->entries.emplace_back();
        entry = {*connection, *connection->claims};
        entry.connection.claims = &entry.claims;
    } catch (const std::bad_alloc&) {
        connections->out_of_memory = true;
    }
}

ucx_crypto_status_t other_version(uint32_t found) {
    return fail(UCX_CRYPTO_ERR_UNSUPPORTED,
                "expected a transport of this library's version " +
                    std::string(ucx_crypto_version()) + ", found one of another (interface " +
                    std::to_string(found) + "); use both from one installation");
}

}  // namespace
}  // namespace ucx_crypto::api

extern "C" {

ucx_crypto_status_t ucx_crypto_connections_snapshot(size_t most,
                                                    ucx_crypto_connections_t** connections) {
    namespace api = ucx_crypto::api;
    return api::guarded([&] {
        if (connections == nullptr) {
            return api::fail(UCX_CRYPTO_ERR_INVALID_ARGUMENT, "expected a handle, found NULL");
        }
        *connections = nullptr;
        const api::Transport* transport = api::find_transport();
        if (transport == nullptr) {
            return api::fail(UCX_CRYPTO_ERR_NOT_FOUND,
                             std::string("expected ") + api::kModule +
                                 " in this process, found none; start it by ucx-crypto run");
        }
        if (transport->version != api::kBridgeVersion) {
            return api::other_version(transport->version);
        }
        auto list = std::make_unique<ucx_crypto_connections>();
        const ucx_crypto_status_t status =
            transport->connections(most, &list->total, list.get(), api::keep);
        if (status != UCX_CRYPTO_OK) {
            return api::fail(status,
                             "connections: expected the process that made them, found a forked "
                             "child, or no memory");
        }
        if (list->out_of_memory) {
            return api::fail(UCX_CRYPTO_ERR_EXHAUSTED, "connections: out of memory");
        }
        *connections = list.release();
        return ucx_crypto_status_t{UCX_CRYPTO_OK};
    });
}

size_t ucx_crypto_connections_count(const ucx_crypto_connections_t* connections) {
    return connections == nullptr ? 0 : connections->entries.size();
}

size_t ucx_crypto_connections_total(const ucx_crypto_connections_t* connections) {
    return connections == nullptr ? 0 : connections->total;
}

const ucx_crypto_connection_t* ucx_crypto_connections_get(
    const ucx_crypto_connections_t* connections, size_t index) {
    return index < ucx_crypto_connections_count(connections)
               ? &connections->entries[index].connection
               : nullptr;
}

void ucx_crypto_connections_free(ucx_crypto_connections_t* connections) {
    delete connections;
}

ucx_crypto_status_t ucx_crypto_process_query(ucx_crypto_process_t* process) {
    namespace api = ucx_crypto::api;
    return api::guarded([&] {
        constexpr size_t kFirstVersion = sizeof(ucx_crypto_process_t);
        if (process == nullptr || process->struct_size < kFirstVersion) {
            return api::fail(UCX_CRYPTO_ERR_INVALID_ARGUMENT, "expected struct_size of at least " +
                                                                  std::to_string(kFirstVersion) +
                                                                  ", found less");
        }
        const size_t size = process->struct_size;
        ucx_crypto_process_t found{};
        if (const api::Transport* transport = api::find_transport()) {
            if (transport->version != api::kBridgeVersion) {
                return api::other_version(transport->version);
            }
            found.transport_loaded = 1;
            transport->query(&found);
        }
        found.struct_size = size;
        *process = found;
        return ucx_crypto_status_t{UCX_CRYPTO_OK};
    });
}
}
