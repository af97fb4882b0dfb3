// The paths of one interface over its inner transport: who a message is for, and endpoints that
// have something to send after their session has ended.
#pragma once

#include <map>
#include <vector>

#include "ucx_crypto/stacked/inner_transport.h"
#include "ucx_crypto/tcp/record_path.h"

namespace ucx_crypto::stacked {

/// One thread at a time: the one that owns the worker. Outlives its paths.
class Fabric final : public tcp::PathFactory, private InnerObserver {
  public:
    explicit Fabric(InnerTransport& transport);
    /// Gives messages of ended sessions a moment to leave.
    ~Fabric() override;
    Fabric(const Fabric&) = delete;
    Fabric& operator=(const Fabric&) = delete;

    Result<std::unique_ptr<tcp::RecordPath>> create_path(tcp::PathReceiver& receiver) override;
    /// Destroys endpoints of ended sessions once nothing of theirs can be lost.
    void progress();

    size_t session_count() const { return sessions_.size(); }
    size_t ending_count() const { return ending_.size(); }
    /// Messages for no session of ours, which are dropped in silence.
    uint64_t strangers() const { return strangers_; }

  private:
    class Session;

    void on_inner_message(ByteView message) override;
    void on_inner_failure(const InnerEndpoint& endpoint, const Error& error) override;

    InnerTransport& transport_;
    std::map<SessionId, Session*> sessions_;
    std::vector<std::unique_ptr<InnerEndpoint>> ending_;
    uint64_t strangers_ = 0;
};

}  // namespace ucx_crypto::stacked
