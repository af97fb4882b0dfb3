// What the inner memory domain of a stacked transport is told of: every registration and allocation
// while interfaces open, and messages and PUTs go over them, is looked at, UCX's own too. Needs a
// stacked transport (UCX_CRYPTO_TEST_STACKED).
#include <map>

#include "tests/unit/uct/interface.h"
#include "ucx_crypto/uct/iface.h"

namespace ucx_crypto::uct {
namespace {

struct Range {
    const uint8_t* begin;
    size_t size;
};

/// Ranges that memory domains of one kind know, while this is in place of their own functions. One
/// at a time.
class Recorder {
  public:
    explicit Recorder(uct_md_ops_t& ops) : ops_(ops), original_(ops) {
        the_one = this;
        ops_.mem_alloc = on_allocation;
        ops_.mem_free = on_free;
        ops_.mem_reg = on_registration;
        ops_.mem_dereg = on_deregistration;
    }
    ~Recorder() {
        ops_.mem_alloc = original_.mem_alloc;
        ops_.mem_free = original_.mem_free;
        ops_.mem_reg = original_.mem_reg;
        ops_.mem_dereg = original_.mem_dereg;
        the_one = nullptr;
    }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    std::map<uct_mem_h, Range> now;
    std::vector<Range> ever;

  private:
    ucs_status_t add(ucs_status_t status, uct_mem_h handle, const void* address, size_t size) {
        if (status == UCS_OK) {
            const Range range{static_cast<const uint8_t*>(address), size};
            now[handle] = range;
            ever.push_back(range);
        }
        return status;
    }

    static ucs_status_t on_allocation(uct_md_h md, size_t* length, void** address,
                                      ucs_memory_type_t type, unsigned flags, const char* name,
                                      uct_mem_h* handle) {
        const ucs_status_t status =
            the_one->original_.mem_alloc(md, length, address, type, flags, name, handle);
        return the_one->add(status, *handle, *address, *length);
    }
    static ucs_status_t on_registration(uct_md_h md, void* address, size_t length, unsigned flags,
                                        uct_mem_h* handle) {
        const ucs_status_t status = the_one->original_.mem_reg(md, address, length, flags, handle);
        return the_one->add(status, *handle, address, length);
    }
    static ucs_status_t on_free(uct_md_h md, uct_mem_h handle) {
        the_one->now.erase(handle);
        return the_one->original_.mem_free(md, handle);
    }
    static ucs_status_t on_deregistration(uct_md_h md, const uct_md_mem_dereg_params_t* params) {
        the_one->now.erase(params->memh);
        return the_one->original_.mem_dereg(md, params);
    }

    static inline Recorder* the_one = nullptr;
    uct_md_ops_t& ops_;
    const uct_md_ops_t original_;
};

/// Inner memory domains that have no more memory for rings, while this is in place of their
/// functions. What UCX itself needs, it gets. One at a time.
class NoMemory {
  public:
    explicit NoMemory(uct_md_ops_t& ops) : ops_(ops), original_(ops) {
        the_one = this;
        ops_.mem_alloc = [](uct_md_h md, size_t* length, void** address, ucs_memory_type_t type,
                            unsigned flags, const char* name, uct_mem_h* handle) {
            return refuse(*length) ? UCS_ERR_NO_MEMORY
                                   : the_one->original_.mem_alloc(md, length, address, type, flags,
                                                                  name, handle);
        };
        ops_.mem_reg = [](uct_md_h md, void* address, size_t length, unsigned flags,
                          uct_mem_h* handle) {
            return refuse(length) ? UCS_ERR_NO_MEMORY
                                  : the_one->original_.mem_reg(md, address, length, flags, handle);
        };
    }
    ~NoMemory() {
        ops_.mem_alloc = original_.mem_alloc;
        ops_.mem_reg = original_.mem_reg;
        the_one = nullptr;
    }
    NoMemory(const NoMemory&) = delete;
    NoMemory& operator=(const NoMemory&) = delete;
    int refused() const { return count_; }

  private:
    static bool refuse(size_t size) {
        const bool is_ring = size == kRing;
        the_one->count_ += is_ring ? 1 : 0;
        return is_ring;
    }

    static constexpr size_t kRing = 256 * 1024;  // RING_SIZE's default
    static inline NoMemory* the_one = nullptr;
    int count_ = 0;
    uct_md_ops_t& ops_;
    const uct_md_ops_t original_;
};

IfaceState& state_of(const Interface& interface) {
    return *Iface::of(interface.iface())->state;
}

/// The table of functions that all inner memory domains of the transport share.
uct_md_ops_t& inner_functions() {
    const Interface probe;
    REQUIRE(state_of(probe).inner);
    return *state_of(probe).inner->md()->ops;
}

bool overlaps(const Range& range, ByteView bytes) {
    return range.begin < bytes.data() + bytes.size() && bytes.data() < range.begin + range.size;
}

uint64_t counted(const Interface& interface, stats::Counter counter) {
    return state_of(interface).engine->counters().get(counter);
}

}  // namespace

TEST_CASE(
    "The inner memory domain is told of rings alone: of no user's buffer, and nothing in clear "
    "lies in "
    "what it knows",
    "[.stacked]") {
    const Recorder recorder(inner_functions());
    const Interface a;
    const Interface b;
    uct_ep_h ep = a.connect(b);
    REQUIRE(progress_until([&] { return send(ep, 1) == UCS_OK; }, a, b));
    REQUIRE(progress_until([&] { return b.received.size() == 1; }, a, b));

    const std::string marker = "what a user sends ";
    Bytes source;
    while (source.size() < size_t{1} << 20) {
        source.insert(source.end(), marker.begin(), marker.end());
    }
    Bytes target(source.size());
    const auto walk = [&] {
        for (const Range& range : recorder.ever) {
            CHECK_FALSE(overlaps(range, source));
            CHECK_FALSE(overlaps(range, target));
        }
        for (const auto& [handle, range] : recorder.now) {
            const ByteView bytes(range.begin, range.size);
            CHECK(as_text(bytes).find(marker) == std::string_view::npos);
        }
        return recorder.now.size();
    };

    const ByteView message = ByteView(source).first(60000);
    for (uint64_t i = 0; i < 30; ++i) {
        REQUIRE(progress_until([&] { return send(ep, i, message) == UCS_OK; }, a, b));
        walk();
    }
    REQUIRE(progress_until([&] { return b.received.size() == 31; }, a, b));
    CHECK(equal(ByteView(b.received[30]).subspan(sizeof(uint64_t)), message));

    // The registration that UCP makes for a PUT is one of the outer domain.
    uct_mem_h handle = nullptr;
    REQUIRE(uct_md_mem_reg(b.md(), target.data(), target.size(), UCT_MD_MEM_ACCESS_ALL, &handle) ==
            UCS_OK);
    uct_md_attr_t attributes{};
    REQUIRE(uct_md_query(b.md(), &attributes) == UCS_OK);
    Bytes key(attributes.rkey_packed_size);
    REQUIRE(uct_md_mkey_pack(b.md(), handle, key.data()) == UCS_OK);
    uct_rkey_bundle_t rkey{};
    REQUIRE(uct_rkey_unpack(a.component(), key.data(), &rkey) == UCS_OK);
    size_t done = 0;
    while (done < source.size()) {
        const size_t size = std::min(source.size() - done, a.attributes().cap.put.max_zcopy);
        uct_iov_t part{};
        part.buffer = source.data() + done;
        part.length = size;
        part.count = 1;
        Completion completion;
        ucs_status_t status = UCS_ERR_NO_RESOURCE;
        REQUIRE(progress_until(
            [&] {
                status = uct_ep_put_zcopy(ep, &part, 1,
                                          reinterpret_cast<uintptr_t>(target.data()) + done,
                                          rkey.rkey, &completion.uct);
                return status != UCS_ERR_NO_RESOURCE;
            },
            a, b));
        REQUIRE(status == UCS_INPROGRESS);
        REQUIRE(progress_until([&] { return completion.calls == 1; }, a, b));
        done += size;
        walk();
    }
    CHECK(target == source);
    CHECK(walk() >= 2);  // a ring of each side at least
    // More than a ring holds, so that credits have come; how much more depends on how often.
    CHECK(counted(a, stats::Counter::kRingBytesSent) > 256 * 1024);
    CHECK(counted(b, stats::Counter::kRingBytesReceived) ==
          counted(a, stats::Counter::kRingBytesSent));
    uct_rkey_release(a.component(), &rkey);
    REQUIRE(uct_md_mem_dereg(b.md(), handle) == UCS_OK);
    uct_ep_destroy(ep);
}

TEST_CASE("Without memory for a ring a connection goes on without one", "[.stacked]") {
    const Interface a;
    const Interface b;
    const NoMemory none(inner_functions());
    uct_ep_h ep = a.connect(b);
    const Bytes message(60000, 7);
    for (uint64_t i = 0; i < 10; ++i) {
        REQUIRE(progress_until([&] { return send(ep, i, message) == UCS_OK; }, a, b));
    }
    REQUIRE(progress_until([&] { return b.received.size() == 10; }, a, b));
    CHECK(equal(ByteView(b.received[9]).subspan(sizeof(uint64_t)), message));
    CHECK(none.refused() >= 2);
    CHECK(counted(a, stats::Counter::kRingBytesSent) == 0);
    CHECK(a.failed.empty());
    uct_ep_destroy(ep);
}

TEST_CASE("Messages of no known id on the inner interface are dropped without a word",
          "[.to_interface]") {
    const Interface a;
    const Interface b;
    uct_ep_h ep = a.connect(b);
    REQUIRE(progress_until([&] { return send(ep, 1) == UCS_OK; }, a, b));
    REQUIRE(progress_until([&] { return b.received.size() == 1; }, a, b));
    // Whoever can reach the interface that is below ours.
    const InnerInterface& target = *state_of(b).inner;
    Bytes device(target.attributes().device_addr_len);
    Bytes address(target.attributes().iface_addr_len);
    auto* device_address = reinterpret_cast<uct_device_addr_t*>(device.data());
    auto* iface_address = reinterpret_cast<uct_iface_addr_t*>(address.data());
    REQUIRE(uct_iface_get_device_address(target.iface(), device_address) == UCS_OK);
    REQUIRE(uct_iface_get_address(target.iface(), iface_address) == UCS_OK);
    uct_ep_params_t params{};
    params.field_mask =
        UCT_EP_PARAM_FIELD_IFACE | UCT_EP_PARAM_FIELD_DEV_ADDR | UCT_EP_PARAM_FIELD_IFACE_ADDR;
    params.iface = state_of(a).inner->iface();
    params.dev_addr = device_address;
    params.iface_addr = iface_address;
    uct_ep_h stranger = nullptr;
    REQUIRE(uct_ep_create(&params, &stranger) == UCS_OK);
    const LogCount log;
    for (int i = 0; i < 20; ++i) {
        for (uint8_t id = 0; id < UCT_AM_ID_MAX; ++id) {
            REQUIRE(progress_until(
                [&] { return uct_ep_am_short(stranger, id, 0, nullptr, 0) == UCS_OK; }, a, b));
        }
    }
    REQUIRE(progress_until([&] { return send(ep, 2) == UCS_OK; }, a, b));
    REQUIRE(progress_until([&] { return b.received.size() == 2; }, a, b));
    CHECK(log.lines() == 0);
    CHECK(state_of(b).fabric->strangers() == 20);
    uct_ep_destroy(stranger);
    uct_ep_destroy(ep);
}

}  // namespace ucx_crypto::uct
