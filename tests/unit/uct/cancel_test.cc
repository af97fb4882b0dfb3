#include "tests/unit/uct/interface.h"

namespace ucx_crypto::uct {
namespace {

constexpr size_t kLarge = size_t{64} << 20;

/// Registered memory of an interface and the key that its peer has of it.
struct Target {
    Target(const Interface& interface, size_t size) : owner(interface), bytes(size) {
        REQUIRE(uct_md_mem_reg(owner.md(), bytes.data(), bytes.size(), UCT_MD_MEM_ACCESS_ALL,
                               &memory) == UCS_OK);
        std::array<uint8_t, 64> packed{};
        REQUIRE(uct_md_mkey_pack(owner.md(), memory, packed.data()) == UCS_OK);
        REQUIRE(uct_rkey_unpack(owner.component(), packed.data(), &key) == UCS_OK);
    }
    ~Target() {
        uct_rkey_release(owner.component(), &key);
        uct_md_mem_dereg(owner.md(), memory);
    }
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;

    uint64_t address() const { return reinterpret_cast<uint64_t>(bytes.data()); }

    const Interface& owner;
    Bytes bytes;
    uct_mem_h memory = nullptr;
    uct_rkey_bundle_t key{};
};

}  // namespace

TEST_CASE("After flush with CANCEL, or destroy, of an endpoint nobody reads its PUT's buffer") {
    Pair pair;
    const uct_ep_h canceled = pair.a.connect(pair.b);
    const Target target(pair.b, kLarge);
    void* source =
        mmap(nullptr, kLarge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(source != MAP_FAILED);
    std::memset(source, 0x5c, kLarge);
    const uct_iov_t iov{source, kLarge, UCT_MEM_HANDLE_NULL, 0, 1};
    Completion completion;
    REQUIRE(uct_ep_put_zcopy(canceled, &iov, 1, target.address(), target.key.rkey,
                             &completion.uct) == UCS_INPROGRESS);
    CHECK(send(pair.ep, 1) == UCS_ERR_NO_RESOURCE);  // it is half sealed
    if (GENERATE(true, false)) {
        CHECK(uct_ep_flush(canceled, UCT_FLUSH_FLAG_CANCEL, nullptr) == UCS_OK);
        CHECK(completion.calls == 1);
    }
    uct_ep_destroy(canceled);
    CHECK(completion.calls == 1);
    CHECK(completion.uct.status == UCS_ERR_CANCELED);
    REQUIRE(mprotect(source, kLarge, PROT_NONE) == 0);  // whoever touches it ends this process

    REQUIRE(pair.until([&] { return send(pair.ep, 2) == UCS_OK; }));
    REQUIRE(pair.until([&] { return !pair.b.received.empty(); }));
    CHECK(values(pair.b) == std::vector<uint64_t>{2});
    CHECK(target.bytes.back() == 0);
    const Target small(pair.b, 100);
    Bytes bytes(100, 3);
    const uct_iov_t small_iov{bytes.data(), bytes.size(), UCT_MEM_HANDLE_NULL, 0, 1};
    Completion done;
    REQUIRE(uct_ep_put_zcopy(pair.ep, &small_iov, 1, small.address(), small.key.rkey, &done.uct) ==
            UCS_INPROGRESS);
    REQUIRE(pair.until([&] { return done.calls == 1; }));
    CHECK(done.uct.status == UCS_OK);
    CHECK((small.bytes == bytes));
    munmap(source, kLarge);
}

TEST_CASE("A PUT with a key that the peer does not know fails the connection and its completion") {
    Pair pair;
    Target target(pair.b, 100);
    REQUIRE(uct_md_mem_dereg(pair.b.md(), target.memory) == UCS_OK);
    Bytes bytes(100, 3);
    const uct_iov_t iov{bytes.data(), bytes.size(), UCT_MEM_HANDLE_NULL, 0, 1};
    Completion completion;
    REQUIRE(uct_ep_put_zcopy(pair.ep, &iov, 1, target.address(), target.key.rkey,
                             &completion.uct) == UCS_INPROGRESS);
    REQUIRE(pair.until([&] { return completion.calls == 1; }));
    CHECK(completion.uct.status != UCS_OK);
    CHECK((target.bytes == Bytes(100)));
    CHECK(pair.a.failed == std::vector<uct_ep_h>{pair.ep});
    REQUIRE(uct_md_mem_reg(pair.b.md(), target.bytes.data(), 1, UCT_MD_MEM_ACCESS_ALL,
                           &target.memory) == UCS_OK);  // for its destructor
}

}  // namespace ucx_crypto::uct
