#include <numeric>

#include "tests/unit/uct/interface.h"

namespace ucx_crypto::uct {
namespace {

Bytes counting(size_t size) {
    Bytes bytes(size);
    std::iota(bytes.begin(), bytes.end(), uint8_t{1});
    return bytes;
}

size_t pack(void* destination, void* argument) {
    const auto& source = *static_cast<const Bytes*>(argument);
    std::memcpy(destination, source.data(), source.size());
    return source.size();
}

/// Through each of UCT's ways to send a message of `whole`.
void check_every_way(uct_ep_h ep, const Interface& receiver, const Bytes& whole,
                     const std::function<bool()>& arrived) {
    uint64_t header = 0;
    std::memcpy(&header, whole.data(), sizeof(header));
    const size_t rest = whole.size() - sizeof(header);
    Bytes copy = whole;
    std::vector<uct_iov_t> iov(4);
    size_t offset = 0;
    for (size_t i = 0; i < iov.size(); ++i) {
        const size_t length = i + 1 == iov.size() ? whole.size() - offset : whole.size() / 5;
        iov[i] = {copy.data() + offset, length, UCT_MEM_HANDLE_NULL, 0, 1};
        offset += length;
    }
    const std::array<std::function<ucs_status_t()>, 4> ways{
        [&] {
            return uct_ep_am_short(ep, kAmId, header, whole.data() + sizeof(header),
                                   static_cast<unsigned>(rest));
        },
        [&] { return uct_ep_am_short_iov(ep, kAmId, iov.data(), iov.size()); },
        [&] {
            const ssize_t size = uct_ep_am_bcopy(ep, kAmId, pack, &copy, 0);
            CHECK((size == static_cast<ssize_t>(whole.size()) || size == UCS_ERR_NO_RESOURCE));
            return size < 0 ? static_cast<ucs_status_t>(size) : UCS_OK;
        },
        [&] {
            const size_t head = std::min<size_t>(whole.size(), 100);
            std::vector<uct_iov_t> body(1);
            body[0] = {copy.data() + head, whole.size() - head, UCT_MEM_HANDLE_NULL, 0, 1};
            return uct_ep_am_zcopy(ep, kAmId, whole.data(), static_cast<unsigned>(head),
                                   body.data(), body.size(), 0, nullptr);
        }};
    for (size_t way = 0; way < ways.size(); ++way) {
        CAPTURE(way, whole.size());
        const size_t before = receiver.received.size();
        bool sent = false;
        const auto deadline = std::chrono::steady_clock::now() + kDeadline;
        while (receiver.received.size() == before && std::chrono::steady_clock::now() < deadline) {
            if (!sent) {
                const ucs_status_t status = ways[way]();
                REQUIRE((status == UCS_OK || status == UCS_ERR_NO_RESOURCE));
                sent = status == UCS_OK;
            }
            arrived();
        }
        REQUIRE(receiver.received.size() == before + 1);
        CHECK((receiver.received.back() == whole));
    }
}

}  // namespace

TEST_CASE("short, short iov, bcopy and zcopy carry messages of every size to a peer") {
    const Pair pair;
    const size_t largest = pair.a.attributes().cap.am.max_bcopy;
    CHECK(pair.a.attributes().cap.am.max_short == largest);
    CHECK(pair.a.attributes().cap.am.max_zcopy == largest);
    for (const size_t size : {size_t{8}, size_t{9}, size_t{4096}, size_t{65536}, largest}) {
        check_every_way(pair.ep, pair.b, counting(size), [&] {
            pair.a.progress();
            pair.b.progress();
            return true;
        });
    }
}

TEST_CASE("An interface sends to itself in every way, and PUTs only into registered memory") {
    const Interface self;
    const uct_ep_h ep = self.connect(self);
    for (const size_t size : {size_t{8}, self.attributes().cap.am.max_bcopy}) {
        check_every_way(ep, self, counting(size), [&] { return self.progress() != 0; });
    }
    Bytes target(100);
    Bytes source = counting(100);
    uct_mem_h memory = nullptr;
    REQUIRE(uct_md_mem_reg(self.md(), target.data(), target.size(), UCT_MD_MEM_ACCESS_ALL,
                           &memory) == UCS_OK);
    std::array<uint8_t, 64> packed{};
    REQUIRE(uct_md_mkey_pack(self.md(), memory, packed.data()) == UCS_OK);
    uct_rkey_bundle_t key{};
    REQUIRE(uct_rkey_unpack(self.component(), packed.data(), &key) == UCS_OK);
    const uct_iov_t iov{source.data(), source.size(), UCT_MEM_HANDLE_NULL, 0, 1};
    const auto address = reinterpret_cast<uint64_t>(target.data());
    CHECK(uct_ep_put_zcopy(ep, &iov, 1, address, key.rkey, nullptr) == UCS_OK);
    CHECK((target == source));
    CHECK(uct_ep_put_zcopy(ep, &iov, 1, address + 1, key.rkey, nullptr) == UCS_ERR_INVALID_ADDR);
    REQUIRE(uct_md_mem_dereg(self.md(), memory) == UCS_OK);
    CHECK(uct_ep_put_zcopy(ep, &iov, 1, address, key.rkey, nullptr) == UCS_ERR_INVALID_ADDR);
    CHECK(uct_rkey_release(self.component(), &key) == UCS_OK);
    uct_ep_destroy(ep);
}

TEST_CASE("A message above the largest is refused as a parameter, and nothing is sent") {
    const Pair pair;
    const Bytes large(pair.a.attributes().cap.am.max_short);
    CHECK(send(pair.ep, 1, large) == UCS_ERR_INVALID_PARAM);
    CHECK(send(pair.ep, 2) == UCS_OK);
    REQUIRE(pair.until([&] { return !pair.b.received.empty(); }));
    CHECK(values(pair.b) == std::vector<uint64_t>{2});
}

TEST_CASE("ep_check is good during the handshake, and an operation finds no resource") {
    const Interface a;
    const Interface b;
    const uct_ep_h ep = a.connect(b);
    CHECK(uct_ep_check(ep, 0, nullptr) == UCS_OK);
    CHECK(send(ep, 1) == UCS_ERR_NO_RESOURCE);
    REQUIRE(progress_until([&] { return send(ep, 1) == UCS_OK; }, a, b));
    REQUIRE(progress_until([&] { return !b.received.empty(); }, a, b));
    uct_ep_destroy(ep);
}

TEST_CASE("flush of endpoint and interface end when the peer has taken everything") {
    const Pair pair;
    REQUIRE(send(pair.ep, 1) == UCS_OK);
    Completion completion;
    REQUIRE(uct_ep_flush(pair.ep, 0, &completion.uct) == UCS_INPROGRESS);
    CHECK(uct_iface_flush(pair.a.iface(), 0, nullptr) == UCS_INPROGRESS);
    progress_until([turns = 0]() mutable { return ++turns == 50; }, pair.a);
    CHECK(completion.calls == 0);
    REQUIRE(pair.until([&] { return completion.calls == 1; }));
    CHECK(completion.uct.status == UCS_OK);
    CHECK(pair.b.received.size() == 1);
    CHECK(uct_iface_flush(pair.a.iface(), 0, nullptr) == UCS_OK);
    CHECK(uct_ep_flush(pair.ep, 0, nullptr) == UCS_OK);
}

TEST_CASE("Messages of an id without a handler are dropped, and do not fill the log") {
    const Pair pair;
    const LogCount log;
    for (int i = 0; i < 100; ++i) {
        for (const uint8_t id : std::to_array<uint8_t>({0, kAmId + 1, UCT_AM_ID_MAX - 1})) {
            ucs_status_t status = UCS_ERR_NO_RESOURCE;
            REQUIRE(pair.until([&] {
                status = uct_ep_am_short(pair.ep, id, 0, nullptr, 0);
                return status != UCS_ERR_NO_RESOURCE;
            }));
            REQUIRE(status == UCS_OK);
        }
    }
    REQUIRE(pair.until([&] { return send(pair.ep, 1) == UCS_OK; }));
    REQUIRE(pair.until([&] { return !pair.b.received.empty(); }));
    CHECK(log.lines() == 1);
    CHECK(values(pair.b) == std::vector<uint64_t>{1});
    CHECK(pair.a.failed.empty());
}

}  // namespace ucx_crypto::uct
