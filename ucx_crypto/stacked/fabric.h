// The paths of one interface over its inner transport: who a message is for, and endpoints that
// have something to send after their session has ended.
#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "ucx_crypto/stacked/inner_transport.h"
#include "ucx_crypto/tcp/record_path.h"

namespace ucx_crypto::stacked {

/// One thread at a time: the one that owns the worker. Outlives its paths.
class Fabric final : public tcp::PathFactory, private InnerObserver {
  public:
    /// An endpoint whose messages have not left `patience` after its session has ended is destroyed
    /// with them: its peer may have died, or take nothing by intent.
    explicit Fabric(InnerTransport& transport, std::chrono::milliseconds patience = kPatience);
    /// Gives messages of ended sessions a moment to leave.
    ~Fabric() override;
    Fabric(const Fabric&) = delete;
    Fabric& operator=(const Fabric&) = delete;

    Result<std::unique_ptr<tcp::RecordPath>> create_path(tcp::PathReceiver& receiver,
                                                         stats::Counters& counters) override;
    /// Destroys endpoints of ended sessions once nothing of theirs can be lost, or no more patience
    /// is due, and sends credits that the inner transport did not take.
    void progress();

    /// Whether nothing waits for progress().
    bool can_sleep() const { return ending_.empty() && owing_.empty(); }

    size_t session_count() const { return sessions_.size(); }
    size_t ending_count() const { return ending_.size(); }
    /// Messages for no session of ours, which are dropped in silence.
    uint64_t strangers() const { return strangers_; }

  private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds kPatience{30};
    class Session;
    struct Ending {
        std::unique_ptr<InnerEndpoint> endpoint;
        Clock::time_point deadline;
    };

    void on_inner_message(ByteView message) override;
    void on_inner_failure(const InnerEndpoint& endpoint, const Error& error) override;

    void give_credit(SessionId id);

    InnerTransport& transport_;
    const std::chrono::milliseconds patience_;
    std::map<SessionId, Session*> sessions_;
    std::vector<Ending> ending_;
    std::vector<SessionId> owing_;  // have credits to give
    uint64_t strangers_ = 0;
};

}  // namespace ucx_crypto::stacked
