// A lower transport of UCT's that is not what it should be: its functions are replaced for one
// interface, between our records and the memory that it moves them by. Needs a stacked transport
// (UCX_CRYPTO_TEST_STACKED).
#include <deque>

#include "tests/unit/uct/interface.h"
#include "ucx_crypto/uct/iface.h"

namespace ucx_crypto::uct {
namespace {

/// The last bits of the id in front of each message (stacked/WIRE.md).
enum Kind : uint8_t { kBytes = 0, kNotify = 1 };
constexpr size_t kKindAt = 7;

using Emit = std::function<void(const Bytes& message)>;

/// Messages and PUTs that an interface sends by its inner one. One at a time.
class Fabric {
  public:
    explicit Fabric(const Interface& sender)
        : ops_(Iface::of(sender.iface())->state->inner->iface()->ops), original_(ops_) {
        the_one = this;
        ops_.ep_am_short = on_short;
        ops_.ep_am_bcopy = on_message;
        ops_.ep_put_bcopy = on_put;
    }
    ~Fabric() {
        ops_ = original_;
        the_one = nullptr;
    }
    Fabric(const Fabric&) = delete;
    Fabric& operator=(const Fabric&) = delete;

    /// Sends what comes of a message.
    std::function<void(Bytes message, const Emit& emit)> treat;
    /// Alters what is put; false: it is lost.
    std::function<bool(MutableByteView bytes)> place;
    /// Where the last PUT has gone to: memory of this process, as all its interfaces are.
    MutableByteView last_put;

  private:
    static ssize_t emit(uct_ep_h ep, uint8_t am_id, const Bytes& message) {
        const auto copy = [](void* destination, void* argument) {
            const auto& bytes = *static_cast<const Bytes*>(argument);
            memcpy(destination, bytes.data(), bytes.size());
            return bytes.size();
        };
        return the_one->original_.ep_am_bcopy(ep, am_id, copy, const_cast<Bytes*>(&message), 0);
    }
    static ssize_t send(uct_ep_h ep, uint8_t am_id, Bytes message) {
        const auto size = static_cast<ssize_t>(message.size());
        if (!the_one->treat) {
            const ssize_t sent = emit(ep, am_id, message);
            return sent < 0 ? sent : size;
        }
        the_one->treat(std::move(message), [&](const Bytes& made) {
            CHECK(emit(ep, am_id, made) >= 0);  // the queue is long enough for a test
        });
        return size;
    }
    static ucs_status_t on_short(uct_ep_h ep, uint8_t am_id, uint64_t header, const void* payload,
                                 unsigned length) {
        Bytes message(sizeof(header) + length);
        memcpy(message.data(), &header, sizeof(header));
        memcpy(message.data() + sizeof(header), payload, length);
        const ssize_t sent = send(ep, am_id, std::move(message));
        return sent < 0 ? static_cast<ucs_status_t>(sent) : UCS_OK;
    }
    static ssize_t on_message(uct_ep_h ep, uint8_t am_id, uct_pack_callback_t pack, void* argument,
                              unsigned) {
        Bytes message(size_t{1} << 17);
        message.resize(pack(message.data(), argument));
        return send(ep, am_id, std::move(message));
    }
    static ssize_t on_put(uct_ep_h ep, uct_pack_callback_t pack, void* argument,
                          uint64_t remote_address, uct_rkey_t rkey) {
        Bytes bytes(size_t{1} << 17);
        bytes.resize(pack(bytes.data(), argument));
        const auto size = static_cast<ssize_t>(bytes.size());
        the_one->last_put = {reinterpret_cast<uint8_t*>(remote_address), bytes.size()};
        if (the_one->place && !the_one->place(bytes)) {
            return size;
        }
        const auto copy = [](void* destination, void* from) {
            const auto& put = *static_cast<const Bytes*>(from);
            memcpy(destination, put.data(), put.size());
            return put.size();
        };
        return the_one->original_.ep_put_bcopy(ep, copy, &bytes, remote_address, rkey);
    }

    static inline Fabric* the_one = nullptr;
    uct_iface_ops_t& ops_;
    const uct_iface_ops_t original_;
};

Bytes payload_of(uint64_t value, size_t size) {
    Bytes payload(size);
    for (size_t i = 0; i < size; ++i) {
        payload[i] = static_cast<uint8_t>(value * 31 + i * 7 + i / 256);
    }
    return payload;
}

void check_nothing_altered(const Interface& receiver, size_t size) {
    for (size_t i = 0; i < receiver.received.size(); ++i) {
        const Bytes& message = receiver.received[i];
        REQUIRE(message.size() == sizeof(uint64_t) + size);
        CHECK(values(receiver)[i] == i);
        CHECK(equal(ByteView(message).subspan(sizeof(uint64_t)), payload_of(i, size)));
    }
}

/// Sends until the connection ends, which it must. What is lost shows by what follows it.
void check_ends(const Pair& pair, size_t size) {
    for (uint64_t i = 1; i < 10 && pair.a.failed.empty(); ++i) {
        const Bytes payload = payload_of(i, size);
        REQUIRE(pair.until([&] {
            const ucs_status_t status = send(pair.ep, i, payload);
            return status != UCS_ERR_NO_RESOURCE || !pair.a.failed.empty();
        }));
    }
    REQUIRE(pair.until([&] { return !pair.a.failed.empty(); }));
    check_nothing_altered(pair.b, size);
}

/// One message, as it should be: the connection works, and what follows is looked at.
void begin(const Pair& pair, size_t size) {
    const Bytes payload = payload_of(0, size);
    REQUIRE(pair.until([&] { return send(pair.ep, 0, payload) == UCS_OK; }));
    REQUIRE(pair.until([&] { return pair.b.received.size() == 1; }));
}

struct Manipulation {
    const char* name;
    std::function<void(Bytes message, const Emit& emit)> treat;
};

auto flip(size_t place, uint8_t bits = 1) {
    return [place, bits](Bytes message, const Emit& emit) {
        message.at(place) ^= bits;
        emit(message);
    };
}

}  // namespace

TEST_CASE("What is altered, lost, repeated or exchanged below ends the connection", "[.fabric]") {
    std::deque<Bytes> held;
    const std::vector<Manipulation> manipulations{
        {"another session",
         [done = false](Bytes message, const Emit& emit) mutable {
             message[0] ^= std::exchange(done, true) ? 0 : 1;
             emit(message);
         }},
        {"another kind", flip(kKindAt, 2)},
        {"bytes called a notify", flip(kKindAt, kNotify)},
        {"a bit of the record's header", flip(8)},
        {"a bit of its length", flip(15)},
        {"a bit of the ciphertext", flip(30)},
        {"the last bit",
         [](Bytes message, const Emit& emit) {
             message.back() ^= 1;
             emit(message);
         }},
        {"lost",
         [lost = false](const Bytes& message, const Emit& emit) mutable {
             if (std::exchange(lost, true)) {
                 emit(message);
             }
         }},
        {"repeated",
         [](const Bytes& message, const Emit& emit) {
             emit(message);
             emit(message);
         }},
        {"exchanged",
         [&held](Bytes message, const Emit& emit) {
             held.push_back(std::move(message));
             if (held.size() == 2) {
                 emit(held[1]);
                 emit(held[0]);
                 held.clear();
             }
         }},
        {"cut short",
         [](Bytes message, const Emit& emit) {
             message.pop_back();
             emit(message);
         }},
        {"longer",
         [](Bytes message, const Emit& emit) {
             message.push_back(0);
             emit(message);
         }},
    };
    constexpr size_t kSize = 100;
    for (const Manipulation& manipulation : manipulations) {
        INFO(manipulation.name);
        const Pair pair;
        Fabric fabric(pair.a);
        begin(pair, kSize);
        fabric.treat = manipulation.treat;
        check_ends(pair, kSize);
    }
}

TEST_CASE("What is altered in a ring before it is read, or said of it, ends the connection",
          "[.fabric]") {
    const auto of_notify = [](std::function<void(Bytes, const Emit&)> treat) {
        return [treat = std::move(treat)](const Bytes& message, const Emit& emit) {
            (message.at(kKindAt) & 3) == kNotify ? treat(message, emit) : emit(message);
        };
    };
    const std::vector<Manipulation> manipulations{
        {"position", of_notify(flip(15))},
        {"a position far away", of_notify(flip(8, 0x80))},
        {"size", of_notify(flip(19))},
        {"a size beyond the ring", of_notify(flip(16, 0x80))},
        {"lost", of_notify([](const Bytes&, const Emit&) {})},
        {"repeated", of_notify([](const Bytes& message, const Emit& emit) {
             emit(message);
             emit(message);
         })},
    };
    constexpr size_t kSize = 50000;
    const auto begun = [&](const Pair& pair, const Fabric& fabric) {
        begin(pair, kSize);
        REQUIRE(fabric.last_put.size() > kSize / 2);
    };
    for (const Manipulation& manipulation : manipulations) {
        INFO(manipulation.name);
        const Pair pair;
        Fabric fabric(pair.a);
        begun(pair, fabric);
        fabric.treat = manipulation.treat;
        check_ends(pair, kSize);
    }
    const std::vector<std::pair<size_t, bool>> places{
        {0, false}, {0, true}, {20, false}, {20, true}, {kSize / 3, false}, {kSize / 3, true}};
    for (const auto& each : places) {
        const size_t place = each.first;
        const bool is_there = each.second;
        INFO("a bit at " << place << (is_there ? ", once it is there" : ", on the way"));
        const Pair pair;
        Fabric fabric(pair.a);
        begun(pair, fabric);
        fabric.place = [place, is_there](MutableByteView bytes) {
            bytes[place] ^= is_there ? 0 : 1;
            return true;
        };
        fabric.treat = [&fabric, place, is_there](const Bytes& message, const Emit& emit) {
            fabric.last_put[place] ^= is_there ? 1 : 0;
            emit(message);
        };
        check_ends(pair, kSize);
    }
    const Pair pair;
    Fabric fabric(pair.a);
    begun(pair, fabric);
    fabric.place = [](MutableByteView) { return false; };
    check_ends(pair, kSize);
}

TEST_CASE("What is altered in a ring after it was read changes nothing", "[.fabric]") {
    constexpr size_t kSize = 50000;
    Pair pair;
    Fabric fabric(pair.a);
    size_t overwritten = 0;
    // Called with the plaintext, while the record is being handed on.
    pair.b.message_hook = [&] {
        std::fill(fabric.last_put.begin(), fabric.last_put.end(), uint8_t{0xee});
        overwritten += fabric.last_put.size();
    };
    for (uint64_t i = 0; i < 20; ++i) {
        const Bytes payload = payload_of(i, kSize);
        REQUIRE(pair.until([&] { return send(pair.ep, i, payload) == UCS_OK; }));
        REQUIRE(pair.until([&] { return pair.b.received.size() == i + 1; }));
    }
    check_nothing_altered(pair.b, kSize);
    CHECK(pair.a.failed.empty());
    CHECK(overwritten > 10 * kSize);
}

}  // namespace ucx_crypto::uct
