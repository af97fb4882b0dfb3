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
        inner_.network_.rings.erase(address_);
    }

    Result<InnerAddress> address() override {
        InnerAddress address{{1, 2, 3},
                             pack(inner_.address_),
                             inner_.options_.to_endpoint ? pack(address_) : Bytes(),
                             {}};
        if (inner_.options_.ring_size != 0) {
            ring_.resize(inner_.options_.ring_size);
            inner_.network_.rings[address_] = &ring_;
            address.ring = {inner_.options_.ring_size, 0x1000, pack(address_)};
        }
        return address;
    }

    Status connect(const InnerAddress& peer) override {
        peer_ = WireReader(inner_.options_.to_endpoint ? peer.endpoint : peer.interface).u64();
        peer_ring_ = peer.ring;
        return success();
    }

    ByteView ring() const override { return ring_; }
    size_t max_put() const override {
        return inner_.options_.ring_size == 0 || peer_ring_.size == 0 ? 0 : 100000;
    }
    Result<bool> put(size_t offset, ByteView bytes) override {
        const auto ring = inner_.network_.rings.find(WireReader(peer_ring_.key).u64());
        if (ring == inner_.network_.rings.end()) {
            return true;  // its owner has gone
        }
        if (bytes.size() > max_put() || offset > ring->second->size() ||
            bytes.size() > ring->second->size() - offset) {
            return Error(ErrorCode::kInternal, "a PUT beyond its ring");
        }
        const MutableByteView target = MutableByteView(*ring->second).subspan(offset, bytes.size());
        if (inner_.place) {
            return inner_.place(bytes, target);
        }
        std::memcpy(target.data(), bytes.data(), bytes.size());
        return true;
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
    InnerRing peer_ring_;
    Bytes ring_;
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
