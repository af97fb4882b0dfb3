#include "ucx_crypto/stacked/fabric.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "ucx_crypto/base/wire.h"
#include "ucx_crypto/stacked/path_address.h"
#include "ucx_crypto/stacked/ring.h"

namespace ucx_crypto::stacked {
namespace {

constexpr std::chrono::milliseconds kLinger{500};  // for a fabric that does not take messages

/// What a message is, in the last bits of the id in front of it: ids of sessions have zeros there.
enum class Kind : uint8_t {
    kBytes = 0,   ///< the next bytes of the stream
    kNotify = 1,  ///< where in the ring they are
    kCredit = 2,  ///< how far the sender's ring may be written again
};
constexpr SessionId kKindMask = 3;

constexpr size_t kNotifySize = 12;
constexpr size_t kCreditSize = 8;

}  // namespace

/// The path of one connection: an inner endpoint, and the ids of both directions.
class Fabric::Session final : public tcp::RecordPath {
  public:
    Session(Fabric& fabric, SessionId id, std::unique_ptr<InnerEndpoint> endpoint,
            tcp::PathReceiver& receiver, stats::Counters& counters)
        : fabric_(fabric),
          id_(id),
          endpoint_(std::move(endpoint)),
          receiver_(receiver),
          counters_(counters) {}

    ~Session() override {
        fabric_.sessions_.erase(id_);
        if (connected_ && !failed_) {
            fabric_.ending_.push_back({std::move(endpoint_), Clock::now() + fabric_.patience_});
        }
    }

    Result<Bytes> address() override {
        return encode({ fabric_.transport_.name(), id_, UCX_CRYPTO_TRY(endpoint_->address()) });
    }

    Status connect(ByteView bytes) override {
        const PathAddress peer = UCX_CRYPTO_TRY(decode_path_address(bytes));
        if (peer.transport != fabric_.transport_.name()) {
            return Error(ErrorCode::kUnsupported, "expected the peer to use the inner transport " +
                                                      fabric_.transport_.name() +
                                                      " as this side does, found " +
                                                      peer.transport);
        }
        UCX_CRYPTO_TRY(endpoint_->connect(peer.inner));
        peer_id_ = peer.session;
        writer_.set_size(peer.inner.ring.size);
        reader_.set_size(endpoint_->ring().size());
        connected_ = true;
        return success();
    }

    Result<size_t> send(ByteView sealed) override {
        size_t taken = 0;
        while (taken < sealed.size()) {
            const size_t size = UCX_CRYPTO_TRY(send_some(sealed.subspan(taken)));
            if (size == 0) {
                break;
            }
            taken += size;
        }
        return taken;
    }

    bool drained() override { return failed_ || !connected_ || endpoint_->flushed(); }

    const InnerEndpoint* endpoint() const { return endpoint_.get(); }
    /// One message. Afterwards this session may be gone.
    void deliver(Kind kind, WireReader& message) {
        Status status = success();
        if (kind == Kind::kBytes) {
            receiver_.on_path_bytes(message.bytes(message.remaining()));
            return;
        }
        if (kind == Kind::kNotify) {
            const auto stretch = read_notify(message);
            if (stretch.ok()) {
                counters_.add(stats::Counter::kRingBytesReceived, stretch->size());
                receiver_.on_path_bytes(*stretch);  // copies them
                return;
            }
            status = stretch.error();
        } else if (kind == Kind::kCredit) {
            status = read_credit(message);
        } else {
            status = Error(ErrorCode::kProtocol,
                           "message of an inner transport: expected bytes, notify or credit, found "
                           "kind " +
                               std::to_string(static_cast<unsigned>(kind)));
        }
        if (!status.ok()) {
            receiver_.on_path_failed(status.error());
        }
    }
    void fail(const Error& error) {
        failed_ = true;
        receiver_.on_path_failed(error);
    }

    /// Whether credit is due; the peer falls back to messages until it comes.
    bool owes_credit() const { return !failed_ && reader_.owes_credit(); }
    Result<bool> give_credit() {
        std::array<uint8_t, kCreditSize> message{};
        WireWriter(message).u64(reader_.position());
        const bool sent = UCX_CRYPTO_TRY(send_message(Kind::kCredit, message));
        if (sent) {
            reader_.credit_given();
        }
        return sent;
    }
    void report(const Error& error) { receiver_.on_path_failed(error); }

  private:
    Result<bool> send_message(Kind kind, ByteView bytes) {
        return endpoint_->send(peer_id_ | static_cast<SessionId>(kind), bytes);
    }

    /// How many of the bytes it has taken.
    Result<size_t> send_some(ByteView sealed) {
        if (put_ == 0) {
            const size_t size = endpoint_->max_put() == 0
                                    ? 0
                                    : std::min(writer_.room(sealed.size()), endpoint_->max_put());
            if (size != 0 && UCX_CRYPTO_TRY(endpoint_->put(writer_.offset(), sealed.first(size)))) {
                put_ = size;
            }
        }
        if (put_ != 0) {
            return notify();
        }
        const size_t size = std::min(sealed.size(), fabric_.transport_.max_bytes());
        return UCX_CRYPTO_TRY(send_message(Kind::kBytes, sealed.first(size)))
        ? size : 0;
    }

    /// Says that the first put_ bytes of what is to be sent are in the ring.
    Result<size_t> notify() {
        RingWriter after = writer_;
        const RingStretch stretch = after.written(put_);
        std::array<uint8_t, kNotifySize> message{};
        WireWriter writer(message);
        writer.u64(stretch.position);
        writer.u32(static_cast<uint32_t>(stretch.size));
        if (!UCX_CRYPTO_TRY(send_message(Kind::kNotify, message))) {
            return size_t{0};  // the same bytes are offered again
        }
        writer_ = after;
        counters_.add(stats::Counter::kRingBytesSent, put_);
        return std::exchange(put_, 0);
    }

    Result<ByteView> read_notify(WireReader& message) {
        const RingStretch stretch{message.u64(), message.u32()};
        UCX_CRYPTO_TRY(message.finish("notify"));
        return endpoint_->ring().subspan(UCX_CRYPTO_TRY(reader_.read(stretch)), stretch.size);
    }

    Status read_credit(WireReader& message) {
        const uint64_t position = message.u64();
        UCX_CRYPTO_TRY(message.finish("credit"));
        return writer_.credit(position);
    }

    Fabric& fabric_;
    const SessionId id_;
    SessionId peer_id_ = 0;
    std::unique_ptr<InnerEndpoint> endpoint_;
    tcp::PathReceiver& receiver_;
    stats::Counters& counters_;
    RingWriter writer_;
    RingReader reader_;
    size_t put_ = 0;  // bytes at the start of what send() gets next that are in the peer's ring
    bool connected_ = false;
    bool failed_ = false;
};

Fabric::Fabric(InnerTransport& transport, std::chrono::milliseconds patience)
    : transport_(transport), patience_(patience) {
    transport_.set_observer(this);
}

Fabric::~Fabric() {
    transport_.set_observer(nullptr);
    const auto deadline = Clock::now() + kLinger;
    while (!ending_.empty() && Clock::now() < deadline) {
        progress();
    }
}

Result<std::unique_ptr<tcp::RecordPath>> Fabric::create_path(tcp::PathReceiver& receiver,
                                                             stats::Counters& counters) {
    auto endpoint = UCX_CRYPTO_TRY(transport_.create_endpoint());
    // Random, so that nobody who can reach the interface finds one by trying.
    SessionId id = 0;
    do {
        randombytes_buf(&id, sizeof(id));
        id &= ~kKindMask;
    } while (sessions_.contains(id));
    auto session = std::make_unique<Session>(*this, id, std::move(endpoint), receiver, counters);
    sessions_.emplace(id, session.get());
    return std::unique_ptr<tcp::RecordPath>(std::move(session));
}

void Fabric::progress() {
    if (!ending_.empty()) {
        // Asking makes the inner interface's progress, by which more sessions may end.
        std::vector<Ending> asked = std::exchange(ending_, {});
        std::erase_if(asked, [](const Ending& ending) {
            return ending.endpoint->flushed() || Clock::now() >= ending.deadline;
        });
        ending_.insert(ending_.end(), std::make_move_iterator(asked.begin()),
                       std::make_move_iterator(asked.end()));
    }
    for (const SessionId id : std::exchange(owing_, {})) {
        give_credit(id);
    }
}

void Fabric::on_inner_message(ByteView message) {
    WireReader reader(message);
    const SessionId tagged = reader.u64();
    const SessionId id = tagged & ~kKindMask;
    const auto found = reader.ok() ? sessions_.find(id) : sessions_.end();
    if (found == sessions_.end()) {
        ++strangers_;  // of a session that has ended, or of somebody who tries
        return;
    }
    found->second->deliver(static_cast<Kind>(tagged & kKindMask), reader);
    give_credit(id);
}

void Fabric::give_credit(SessionId id) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || !found->second->owes_credit()) {
        return;
    }
    const auto given = found->second->give_credit();
    if (!given.ok()) {
        found->second->report(given.error());
    } else if (!*given && std::find(owing_.begin(), owing_.end(), id) == owing_.end()) {
        owing_.push_back(id);
    }
}

void Fabric::on_inner_failure(const InnerEndpoint& endpoint, const Error& error) {
    // One of `ending_` says from now on that it is flushed.
    for (const auto& [id, session] : sessions_) {
        if (session->endpoint() == &endpoint) {
            session->fail(error);
            return;  // it may be gone now
        }
    }
}

}  // namespace ucx_crypto::stacked
