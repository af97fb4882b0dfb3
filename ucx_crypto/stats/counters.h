// What an interface counts: the one list that counting, printing, JSON and documentation share.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ucx_crypto::stats {

/// In the order in which they are shown. A transport leaves at zero what it does not have.
enum class Counter : uint8_t {
    kPeers,
    kConnections,
    kHandshakesFailed,
    kConnectionsFailed,
    kRekeysSent,
    kRekeysReceived,
    kKeepalivesSent,
    kKeepalivesReceived,
    kMessagesSent,
    kMessagesReceived,
    kMessagesToSelf,
    kPutsSent,
    kPutsReceived,
    kSeals,
    kOpens,
    kHelped,
    kBytesSealed,
    kBytesOpened,
    kBytesSent,
    kBytesReceived,
    kRingBytesSent,
    kRingBytesReceived,
    kBytesCopied,
    kSendCalls,
    kReceiveCalls,
    kEpollCalls,
    kNoResource,
    kPendingMaximum,
};

enum class Kind : uint8_t {
    kTotal,    ///< since the interface was opened
    kCurrent,  ///< now
    kMaximum,  ///< largest so far
};

struct Field {
    Counter counter;
    Kind kind;
    std::string_view name;  ///< in JSON and for people
    std::string_view meaning;
};

inline constexpr Field kFields[] = {
    {Counter::kPeers, Kind::kCurrent, "peers", "attested connections that are open"},
    {Counter::kConnections, Kind::kTotal, "connections", "handshakes that succeeded"},
    {Counter::kHandshakesFailed, Kind::kTotal, "handshakes_failed",
     "handshakes that failed or were refused, by strangers too"},
    {Counter::kConnectionsFailed, Kind::kTotal, "connections_failed",
     "peers lost without an orderly end"},
    {Counter::kRekeysSent, Kind::kTotal, "rekeys_sent", "changes of the key that we send under"},
    {Counter::kRekeysReceived, Kind::kTotal, "rekeys_received",
     "changes of the key that peers send under"},
    {Counter::kKeepalivesSent, Kind::kTotal, "keepalives_sent", "keepalive records"},
    {Counter::kKeepalivesReceived, Kind::kTotal, "keepalives_received", "keepalive records"},
    {Counter::kMessagesSent, Kind::kTotal, "messages_sent", "active messages to peers"},
    {Counter::kMessagesReceived, Kind::kTotal, "messages_received", "active messages from peers"},
    {Counter::kMessagesToSelf, Kind::kTotal, "messages_to_self",
     "active messages that never left the process"},
    {Counter::kPutsSent, Kind::kTotal, "puts_sent", "PUT operations begun"},
    {Counter::kPutsReceived, Kind::kTotal, "puts_received",
     "PUT operations of peers that are in place"},
    {Counter::kSeals, Kind::kTotal, "seals", "records sealed, with control and REKEY records"},
    {Counter::kOpens, Kind::kTotal, "opens", "records opened, with control and REKEY records"},
    {Counter::kHelped, Kind::kTotal, "helped", "of these seals and opens, those by helper threads"},
    {Counter::kBytesSealed, Kind::kTotal, "bytes_sealed", "plaintext of the records sealed"},
    {Counter::kBytesOpened, Kind::kTotal, "bytes_opened", "plaintext of the records opened"},
    {Counter::kBytesSent, Kind::kTotal, "bytes_sent",
     "bytes that the kernel or an inner transport took, all included"},
    {Counter::kBytesReceived, Kind::kTotal, "bytes_received",
     "bytes that the kernel or an inner transport gave, all included"},
    {Counter::kRingBytesSent, Kind::kTotal, "ring_bytes_sent",
     "sealed bytes that were put into rings of peers, on an inner transport"},
    {Counter::kRingBytesReceived, Kind::kTotal, "ring_bytes_received",
     "sealed bytes that peers have put into our rings"},
    {Counter::kBytesCopied, Kind::kTotal, "bytes_copied",
     "bytes moved in memory beside sealing and opening"},
    {Counter::kSendCalls, Kind::kTotal, "send_calls",
     "system calls, and those of an inner transport"},
    {Counter::kReceiveCalls, Kind::kTotal, "receive_calls", "system calls"},
    {Counter::kEpollCalls, Kind::kTotal, "epoll_calls", "system calls that asked what is ready"},
    {Counter::kNoResource, Kind::kTotal, "no_resource",
     "operations that UCX was told to try again later"},
    {Counter::kPendingMaximum, Kind::kMaximum, "pending_maximum",
     "operations that waited for room at a time"},
};
inline constexpr size_t kCounters = std::size(kFields);

/// Whether field i is that of the i-th counter, so that either leads to the other.
constexpr bool fields_are_in_order() {
    for (size_t i = 0; i < kCounters; ++i) {
        if (static_cast<size_t>(kFields[i].counter) != i) {
            return false;
        }
    }
    return static_cast<size_t>(Counter::kPendingMaximum) + 1 == kCounters;
}
static_assert(fields_are_in_order());

/// The counters of one interface. Written by one thread at a time, read by any thread or process at
/// any time: no lock, and no atomic operation that would cost more than a plain one.
class Counters {
  public:
    void add(Counter counter, uint64_t amount = 1) { set(counter, get(counter) + amount); }
    void subtract(Counter counter, uint64_t amount = 1) { set(counter, get(counter) - amount); }
    void raise(Counter counter, uint64_t value) {
        if (value > get(counter)) {
            set(counter, value);
        }
    }
    uint64_t get(Counter counter) const {
        return values_[static_cast<size_t>(counter)].load(std::memory_order_relaxed);
    }

  private:
    void set(Counter counter, uint64_t value) {
        values_[static_cast<size_t>(counter)].store(value, std::memory_order_relaxed);
    }

    std::array<std::atomic<uint64_t>, kCounters> values_{};
};

}  // namespace ucx_crypto::stats
