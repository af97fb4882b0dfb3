#include "tests/unit/stacked/fake_inner.h"

#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::stacked {
namespace {

Bytes pack(uint64_t value) {
    Bytes bytes(sizeof(value));
    WireWriter(bytes).u64(value);
    return bytes;
}

}  // namespace

class FakeInner::Endpoint final : public InnerEndpoint {
  public:
    explicit Endpoint(FakeInner& inner) : inner_(inner), address_(inner.network_.next_address++) {
        inner_.endpoints_.push_back(this);
        inner_.network_.interfaces[address_] = &inner_;
    }
    ~Endpoint() override {
        std::erase(inner_.endpoints_, this);
        inner_.network_.interfaces.erase(address_);
    }

    Result<InnerAddress> address() override {
        return InnerAddress{{1, 2, 3},
                            pack(inner_.address_),
                            inner_.options_.to_endpoint ? pack(address_) : Bytes()};
    }

    Status connect(const InnerAddress& peer) override {
        peer_ = WireReader(inner_.options_.to_endpoint ? peer.endpoint : peer.interface).u64();
        return success();
    }

    Result<bool> send(SessionId id, ByteView bytes) override {
        Bytes message = pack(id);
        message.insert(message.end(), bytes.begin(), bytes.end());
        if (inner_.admit && !inner_.admit(message)) {
            return false;
        }
        const auto receiver = inner_.network_.interfaces.find(peer_);
        if (receiver != inner_.network_.interfaces.end()) {
            auto& queue = receiver->second->incoming;
            if (inner_.transmit) {
                inner_.transmit(std::move(message), queue);
            } else {
                queue.push_back(std::move(message));
            }
        }
        return true;
    }

    bool flushed() override { return !inner_.flush || inner_.flush(); }

  private:
    FakeInner& inner_;
    uint64_t address_;
    uint64_t peer_ = 0;
};

FakeInner::FakeInner(FakeNetwork& network, Options options)
    : network_(network), options_(std::move(options)), address_(network.next_address++) {
    network_.interfaces[address_] = this;
}

FakeInner::~FakeInner() {
    network_.interfaces.erase(address_);
}

Result<std::unique_ptr<InnerEndpoint>> FakeInner::create_endpoint() {
    return std::unique_ptr<InnerEndpoint>(std::make_unique<Endpoint>(*this));
}

void FakeInner::progress() {
    for (size_t left = incoming.size(); left != 0 && !hold; --left) {
        Bytes memory = std::move(incoming.front());
        incoming.pop_front();
        const Bytes sent = memory;
        if (observer_ != nullptr) {
            observer_->on_inner_message(memory);
        }
        if (delivered) {
            delivered(sent, memory);
        }
    }
}

void FakeInner::fail() {
    const auto failing = endpoints_;
    for (const Endpoint* endpoint : failing) {
        observer_->on_inner_failure(*endpoint, Error(ErrorCode::kClosed, "the fabric is gone"));
    }
}

}  // namespace ucx_crypto::stacked
