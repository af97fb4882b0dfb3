#include "ucx_crypto/channel/connection_table.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

#include "ucx_crypto/base/fork_sentinel.h"

namespace ucx_crypto::channel {
namespace {

struct Table {
    std::mutex mutex;
    uint64_t next_serial = 1;
    std::map<uint64_t, Connection> connections;
};

/// Never destroyed: connections may close while the process's statics are.
Table& table() {
    static Table* const the_table = new Table;
    return *the_table;
}

}  // namespace

ListedConnection::ListedConnection(Connection connection) {
    const std::lock_guard lock(table().mutex);
    serial_ = table().next_serial++;
    table().connections.emplace(serial_, std::move(connection));
}

void ListedConnection::remove() {
    if (serial_ == 0 || !in_original_process()) {
        return;  // a forked child's copy of the mutex may be locked for ever
    }
    const std::lock_guard lock(table().mutex);
    table().connections.erase(std::exchange(serial_, 0));
}

Result<ConnectionList> list_connections(size_t most) {
    if (!in_original_process()) {
        return Error(ErrorCode::kUnsupported,
                     "connections: expected the process that made them, found a forked child");
    }
    const std::lock_guard lock(table().mutex);
    std::vector<const Connection*> all;
    all.reserve(table().connections.size());
    for (const auto& [serial, connection] : table().connections) {
        all.push_back(&connection);
    }
    std::sort(all.begin(), all.end(), [](const Connection* a, const Connection* b) {
        return std::tie(a->own, a->peer) < std::tie(b->own, b->peer);
    });
    ConnectionList list;
    list.total = all.size();
    all.resize(std::min(most, all.size()));
    for (const Connection* connection : all) {
        list.connections.push_back(*connection);
    }
    return list;
}

}  // namespace ucx_crypto::channel
