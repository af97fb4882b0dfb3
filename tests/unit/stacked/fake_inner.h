// An inner transport in memory, which a test may let lose, alter and refuse messages.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "ucx_crypto/stacked/inner_transport.h"

namespace ucx_crypto::stacked {

class FakeInner;

/// Connects the transports of one test: who has which address.
struct FakeNetwork {
    uint64_t next_address = 1;
    std::map<uint64_t, FakeInner*> interfaces;  ///< of interfaces, and of endpoints by their own
    std::map<uint64_t, Bytes*> rings;           ///< by key: all memory that is registered
};

class FakeInner final : public InnerTransport {
  public:
    struct Options {
        size_t max_bytes = 1000;
        bool to_endpoint = false;  ///< endpoints are connected to endpoints, as those of rc are
        std::string name = "fake";
        uint32_t ring_size = 0;  ///< 0: no PUT
    };

    FakeInner(FakeNetwork& network, Options options);
    ~FakeInner() override;

    std::string name() const override { return options_.name; }
    size_t max_bytes() const override { return options_.max_bytes; }
    Result<std::unique_ptr<InnerEndpoint>> create_endpoint() override;
    void set_observer(InnerObserver* observer) override { observer_ = observer; }

    /// Delivers what has come, unless `hold` is set.
    void progress();
    /// Tells of the failure of every endpoint.
    void fail();
    size_t endpoint_count() const { return endpoints_.size(); }

    bool hold = false;
    std::deque<Bytes> incoming;
    /// Decides about a message that is sent: false refuses it for want of resources.
    std::function<bool(ByteView message)> admit;
    /// Puts a sent message into the receiver's queue, or does something else with it.
    std::function<void(Bytes message, std::deque<Bytes>& queue)> transmit;
    /// What an endpoint does to find out whether all its messages have left; it may make progress.
    std::function<bool()> flush;
    /// Places what is put, or does something else; false refuses it for want of resources.
    std::function<bool(ByteView bytes, MutableByteView place)> place;
    /// Sees each message's memory after it has been handed over.
    std::function<void(ByteView sent, ByteView afterwards)> delivered;

  private:
    class Endpoint;

    FakeNetwork& network_;
    Options options_;
    uint64_t address_;
    InnerObserver* observer_ = nullptr;
    std::vector<Endpoint*> endpoints_;
};

}  // namespace ucx_crypto::stacked
