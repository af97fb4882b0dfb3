#include "ucx_crypto/stacked/fabric.h"

#include <sodium.h>

#include <algorithm>

#include "ucx_crypto/base/wire.h"
#include "ucx_crypto/stacked/path_address.h"

namespace ucx_crypto::stacked {
namespace {

constexpr std::chrono::milliseconds kLinger{500};  // for a fabric that does not take messages

}  // namespace

/// The path of one connection: an inner endpoint, and the ids of both directions.
class Fabric::Session final : public tcp::RecordPath {
  public:
    Session(Fabric& fabric, SessionId id, std::unique_ptr<InnerEndpoint> endpoint,
            tcp::PathReceiver& receiver)
        : fabric_(fabric), id_(id), endpoint_(std::move(endpoint)), receiver_(receiver) {}

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
        connected_ = true;
        return success();
    }

    Result<size_t> send(ByteView sealed) override {
        size_t taken = 0;
        while (taken < sealed.size()) {
            const size_t size = std::min(sealed.size() - taken, fabric_.transport_.max_bytes());
            if (!UCX_CRYPTO_TRY(endpoint_->send(peer_id_, sealed.subspan(taken, size)))) {
                break;
            }
            taken += size;
        }
        return taken;
    }

    bool drained() override { return failed_ || !connected_ || endpoint_->flushed(); }

    const InnerEndpoint* endpoint() const { return endpoint_.get(); }
    void deliver(ByteView bytes) { receiver_.on_path_bytes(bytes); }
    void fail(const Error& error) {
        failed_ = true;
        receiver_.on_path_failed(error);
    }

  private:
    Fabric& fabric_;
    const SessionId id_;
    SessionId peer_id_ = 0;
    std::unique_ptr<InnerEndpoint> endpoint_;
    tcp::PathReceiver& receiver_;
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

Result<std::unique_ptr<tcp::RecordPath>> Fabric::create_path(tcp::PathReceiver& receiver) {
    auto endpoint = UCX_CRYPTO_TRY(transport_.create_endpoint());
    // Random, so that nobody who can reach the interface finds one by trying.
    SessionId id = 0;
    do {
        randombytes_buf(&id, sizeof(id));
    } while (sessions_.contains(id));
    auto session = std::make_unique<Session>(*this, id, std::move(endpoint), receiver);
    sessions_.emplace(id, session.get());
    return std::unique_ptr<tcp::RecordPath>(std::move(session));
}

void Fabric::progress() {
    std::erase_if(ending_, [](const Ending& ending) {
        return ending.endpoint->flushed() || Clock::now() >= ending.deadline;
    });
}

void Fabric::on_inner_message(ByteView message) {
    WireReader reader(message);
    const SessionId id = reader.u64();
    const auto found = reader.ok() ? sessions_.find(id) : sessions_.end();
    if (found == sessions_.end()) {
        ++strangers_;  // of a session that has ended, or of somebody who tries
        return;
    }
    found->second->deliver(reader.bytes(reader.remaining()));
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
