// Messages over an inner transport, from anyone who can reach it: bytes, and what is said about
// rings. And the bytes that a session sends, whatever credits it is given.
#include "ucx_crypto/stacked/fabric.h"

#include <algorithm>
#include <array>
#include <optional>

#include "tests/fuzz/target.h"
#include "ucx_crypto/base/wire.h"
#include "ucx_crypto/stacked/path_address.h"
#include "ucx_crypto/stacked/ring.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace stacked;

constexpr size_t kRing = kMinRingSize;
constexpr size_t kMaxBytes = 3000;  // of one message, so that a stretch becomes several
constexpr size_t kMaxInput = 4096;  // each of its bytes can move kRing / 256 of ours
constexpr SessionId kPeer = 0x1122334455667700;
enum Kind : uint8_t { kBytes = 0, kNotify = 1, kCredit = 2 };

/// One end, whose peer reads what it sends at once.
struct Inner final : InnerTransport {
    struct Endpoint final : InnerEndpoint {
        explicit Endpoint(Inner& inner) : inner(inner) {}
        Result<InnerAddress> address() override {
            return InnerAddress{{1}, {2}, {}, {kRing, 1, {3}}};
        }
        Status connect(const InnerAddress&) override { return success(); }
        Result<bool> send(SessionId id, ByteView bytes) override {
            if (inner.refuses) {
                return false;
            }
            UCX_CRYPTO_PROMISE((id & ~SessionId{3}) == kPeer);
            inner.take(static_cast<Kind>(id & 3), bytes);
            return true;
        }
        ByteView ring() const override { return inner.own_ring; }
        size_t max_put() const override { return kRing; }
        Result<bool> put(size_t offset, ByteView bytes) override {
            UCX_CRYPTO_PROMISE(offset <= kRing && bytes.size() <= kRing - offset);
            std::copy(bytes.begin(), bytes.end(),
                      inner.peer_ring.begin() + static_cast<ptrdiff_t>(offset));
            return true;
        }
        bool flushed() override { return true; }
        Inner& inner;
    };

    std::string name() const override { return "inner"; }
    size_t max_bytes() const override { return kMaxBytes; }
    Result<std::unique_ptr<InnerEndpoint>> create_endpoint() override {
        return std::unique_ptr<InnerEndpoint>(std::make_unique<Endpoint>(*this));
    }
    void set_observer(InnerObserver* of_messages) override { observer = of_messages; }

    void take(Kind kind, ByteView bytes) {
        if (kind == kBytes) {
            UCX_CRYPTO_PROMISE(!bytes.empty() && bytes.size() <= kMaxBytes);
            sent.insert(sent.end(), bytes.begin(), bytes.end());
            return;
        }
        WireReader message(bytes);
        const uint64_t position = message.u64();
        if (kind == kNotify) {
            const uint32_t size = message.u32();
            UCX_CRYPTO_PROMISE(message.finish("notify").ok());
            UCX_CRYPTO_PROMISE(position == notified && position % kRing + size <= kRing);
            const auto begin = peer_ring.begin() + static_cast<ptrdiff_t>(position % kRing);
            sent.insert(sent.end(), begin, begin + size);
            notified += size;
        } else {
            UCX_CRYPTO_PROMISE(message.finish("credit").ok());
            given = position;
        }
    }

    InnerObserver* observer = nullptr;
    bool refuses = false;
    Bytes own_ring = Bytes(kRing);
    Bytes peer_ring = Bytes(kRing);
    Bytes sent;             // as the peer has it
    uint64_t notified = 0;  // position in the peer's ring
    uint64_t given = 0;     // credit for ours
};

struct Receiver final : tcp::PathReceiver {
    void on_path_bytes(ByteView bytes) override { got = bytes; }
    void on_path_failed(const Error& error) override { failure = error; }
    std::optional<ByteView> got;
    std::optional<Error> failure;
};

/// A session, and what it must do.
struct Model {
    Model() {
        UCX_CRYPTO_PROMISE(
            path->connect(
                    encode(PathAddress{"inner", kPeer, {{1}, {2}, {}, {kRing, 1, {3}}}}).value())
                .ok());
        own = decode_path_address(path->address().value()).value().session;
        UCX_CRYPTO_PROMISE((own & 3) == 0);
    }

    /// False once the session has failed.
    bool deliver(SessionId id, ByteView body) {
        std::array<uint8_t, sizeof(id)> front{};
        WireWriter(front).u64(id);
        const Bytes message = join(front, body);
        receiver.got.reset();
        const uint64_t strangers = fabric.strangers();
        inner.observer->on_inner_message(message);
        if ((id & ~SessionId{3}) != own) {
            UCX_CRYPTO_PROMISE(fabric.strangers() == strangers + 1 && !receiver.got);
            return !receiver.failure;
        }
        UCX_CRYPTO_PROMISE(fabric.strangers() == strangers);
        const bool right = check(static_cast<Kind>(id & 3), message, body);
        UCX_CRYPTO_PROMISE(right == !receiver.failure);
        UCX_CRYPTO_PROMISE(right || receiver.failure->code() == ErrorCode::kProtocol);
        UCX_CRYPTO_PROMISE(inner.refuses || read - inner.given < kRing / 4 || !right);
        UCX_CRYPTO_PROMISE(inner.given <= read);
        return right;
    }

    void send(size_t size) {
        const size_t before = waiting.size();
        waiting.resize(before + size);
        std::generate(waiting.begin() + static_cast<ptrdiff_t>(before), waiting.end(),
                      [this] { return next++; });
        const auto taken = path->send(waiting);
        UCX_CRYPTO_PROMISE(taken.ok() && (inner.refuses || *taken == waiting.size()));
        UCX_CRYPTO_PROMISE(inner.sent.size() == *taken &&
                           std::equal(inner.sent.begin(), inner.sent.end(), waiting.begin()));
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<ptrdiff_t>(*taken));
        inner.sent.clear();
        UCX_CRYPTO_PROMISE(inner.notified - credited <= kRing);
    }

    Inner inner;
    Fabric fabric{inner};
    Receiver receiver;
    stats::Counters counters;
    std::unique_ptr<tcp::RecordPath> path = fabric.create_path(receiver, counters).value();
    SessionId own = 0;
    uint64_t read = 0;      // of our ring
    uint64_t credited = 0;  // by the peer, of its ring
    uint8_t next = 0;
    Bytes waiting;

  private:
    /// Whether the message is right, by what WIRE.md says; it has been handed on then.
    bool check(Kind kind, ByteView message, ByteView body) {
        if (kind == kBytes) {
            UCX_CRYPTO_PROMISE(receiver.got && receiver.got->data() + receiver.got->size() ==
                                                   message.data() + message.size());
            UCX_CRYPTO_PROMISE(receiver.got->size() == body.size());
            return true;
        }
        WireReader reader(body);
        const uint64_t position = reader.u64();
        if (kind == kNotify) {
            const uint32_t size = reader.u32();
            const bool right =
                body.size() == 12 && position == read && size > 0 && read % kRing + size <= kRing;
            UCX_CRYPTO_PROMISE(receiver.got.has_value() == right);
            if (right) {
                UCX_CRYPTO_PROMISE(receiver.got->data() == inner.own_ring.data() + read % kRing &&
                                   receiver.got->size() == size);
                read += size;
            }
            return right;
        }
        UCX_CRYPTO_PROMISE(!receiver.got);
        const bool right = kind == kCredit && body.size() == 8 && position > credited &&
                           position <= inner.notified;
        credited = right ? position : credited;
        return right;
    }
};

}  // namespace

void one_input(ByteView input) {
    if (input.size() > kMaxInput) {
        return;
    }
    Model model;
    WireReader choices(input);
    std::array<uint8_t, 12> body{};
    bool lives = true;
    while (lives && choices.remaining() > 0) {
        switch (choices.u8() % 6) {
            case 0: {  // anything
                const uint8_t bits = choices.u8();
                lives = model.deliver(model.own ^ bits, choices.bytes(choices.u8() % 32));
                break;
            }
            case 1: {  // a notify, right or nearly so
                WireWriter writer(body);
                writer.u64(model.read + choices.u8());
                writer.u32(choices.u16());
                lives = model.deliver(model.own | kNotify, body);
                break;
            }
            case 2: {  // a credit, right or nearly so
                WireWriter(body).u64(model.inner.notified - choices.u16());
                lives = model.deliver(model.own | kCredit, ByteView(body).first(8));
                break;
            }
            case 3:
                model.send(choices.u16());
                break;
            case 4:
                model.inner.refuses = !model.inner.refuses;
                break;
            default:
                model.fabric.progress();
                UCX_CRYPTO_PROMISE(model.inner.refuses || model.fabric.can_sleep());
        }
    }
}

std::vector<Bytes> seeds() {
    const Bytes send{3, 0x7f, 0xff};
    const Bytes notify{1, 0, 0x40, 0};
    const Bytes credit{2, 0, 0};
    const Bytes refuse{4};
    const Bytes progress{5};
    const auto all = [](std::initializer_list<Bytes> parts) {
        Bytes input;
        for (const Bytes& part : parts) {
            input = join(input, part);
        }
        return input;
    };
    return {all({send, send, send, credit, send}),
            all({notify, notify, notify, notify, notify}),
            all({refuse, send, notify, notify, refuse, progress, send}),
            all({{0, 0, 3, 1, 2, 3}, {0, 0xff, 1, 9}, {0, 3, 0}}),
            all({{1, 1, 0x40, 0}}),
            all({{2, 0, 1}})};
}

}  // namespace ucx_crypto::fuzz
